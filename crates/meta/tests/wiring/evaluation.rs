//! Evaluations and directions against their loops.

use xmrl_meta::{Draws, EvaluateOptions, EvaluateRequest, Usage, directions, evaluate};

use crate::hand::{From, Hand, Numbers, close};

impl Hand {
    fn options(&self, steps: usize) -> EvaluateOptions {
        EvaluateOptions {
            adaptations: 2,
            support_episodes: 12,
            query_episodes: 5,
            steps,
            advantage: self.advantage.clone(),
            ..EvaluateOptions::default()
        }
    }

    fn evaluation<'a>(&'a self, ids: &'a [u32], options: &'a EvaluateOptions, usage: Usage) -> EvaluateRequest<'a> {
        let draws = Draws::new(31, usage, 4);
        EvaluateRequest {
            context: self.context(),
            meta: &self.meta,
            tasks: &self.tasks[..2 * ids.len()],
            task_ids: ids,
            options,
            draws,
        }
    }
}

/// Each step adapts the policy of the step before, on episodes of its own: with the whole rate first, then with half of it.
#[test]
fn an_evaluation_is_its_loop() {
    let (hand, ids) = (Hand::new(), [7, 2, 3]);
    let (theta, rates) = hand.parts(&hand.meta);
    for steps in 0..4 {
        let options = hand.options(steps);
        let found = evaluate(&hand.evaluation(&ids, &options, Usage::Evaluate)).unwrap();
        let mut taken = 0;
        for task in 0..3 {
            let at = (task, ids[task]);
            let mut returns = Vec::new();
            for adaptation in 0..2 {
                let mut policy = theta.to_vec();
                for step in 0..steps {
                    let support = hand.support(Numbers(31, 2, 4, adaptation << 8 | step as u64), at, &policy, 12);
                    let share = [1.0, 0.5, 0.5][step];
                    let rates: Vec<f64> = rates.iter().map(|rate| share * rate).collect();
                    policy = hand.linear.adapted(&policy, &rates, &support.rows());
                    taken += support.coefficients.len();
                }
                let flown = hand.fly(Numbers(31, 2, 4, adaptation << 8), From::Query, at, &policy, (0, 5));
                taken += flown.rows();
                returns.push(flown.mean_return());
            }
            let own = &found.adaptation_returns[2 * task..2 * task + 2];
            assert!(close(own, &returns), "{steps} steps, task {task}: {own:?} {returns:?}");
            assert!(close(&found.returns[task..=task], &[(returns[0] + returns[1]) / 2.0]));
        }
        assert_eq!(found.env_steps, taken);
    }
}

#[test]
fn a_direction_is_the_inner_step() {
    let (hand, ids, options) = (Hand::new(), [7, 2, 3], Hand::new().options(1));
    let found = directions(&hand.evaluation(&ids, &options, Usage::Directions)).unwrap();
    for task in 0..3 {
        let adapted = hand.adapted(Numbers(31, 3, 4, 0), (task, ids[task]), &hand.meta, 12);
        let truth: Vec<f64> = adapted.iter().zip(&hand.meta).map(|(a, b)| a - b).collect();
        assert!(close(&found.directions[12 * task..12 * (task + 1)], &truth));
    }
}
