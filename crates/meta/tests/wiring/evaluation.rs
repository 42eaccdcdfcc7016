//! Evaluations and directions against their loops.

use xmrl_meta::{Draws, EvaluateOptions, EvaluateRequest, Evaluation, Usage, adapted_policies, directions, evaluate};

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

/// Displacements are means of what the loop's policies moved by, flown beyond `steps` where more are kept, and change no score.
#[test]
fn displacements_are_the_steps_of_the_loop() {
    let (hand, ids) = (Hand::new(), [7, 2, 3]);
    let (theta, rates) = hand.parts(&hand.meta);
    let size = theta.len();
    for (steps, kept) in [(1, 1), (1, 3), (0, 2), (3, 2)] {
        let plain = hand.options(steps);
        let options = EvaluateOptions { displacements: kept, ..plain.clone() };
        let found = evaluate(&hand.evaluation(&ids, &options, Usage::Evaluate)).unwrap();
        assert_eq!(found.displacements.len(), kept * 3 * size);
        let (mut taken, mut further) = (0, 0);
        for task in 0..3 {
            let at = (task, ids[task]);
            let mut sums = vec![vec![0.0; size]; kept];
            for adaptation in 0..2 {
                let mut policy = theta.to_vec();
                for step in 0..steps.max(kept) {
                    let support = hand.support(Numbers(31, 2, 4, adaptation << 8 | step as u64), at, &policy, 12);
                    let rates: Vec<f64> = rates.iter().map(|rate| [1.0, 0.5, 0.5][step] * rate).collect();
                    policy = hand.linear.adapted(&policy, &rates, &support.rows());
                    *if step < steps { &mut taken } else { &mut further } += support.coefficients.len();
                    if let Some(sums) = sums.get_mut(step) {
                        sums.iter_mut().zip(policy.iter().zip(theta)).for_each(|(sum, (to, from))| *sum += to - from);
                    }
                }
            }
            for (step, sums) in sums.iter().enumerate() {
                let at = (step * 3 + task) * size;
                for (mean, sum) in found.displacements[at..at + size].iter().zip(sums) {
                    let truth = sum / 2.0;
                    assert!((f64::from(*mean) - truth).abs() <= 1e-6 * truth.abs().max(1e-3), "{mean} {truth}");
                }
            }
        }
        // Query episodes beside: what is flown without displacements, to the bit.
        let scores = evaluate(&hand.evaluation(&ids, &plain, Usage::Evaluate)).unwrap();
        assert_eq!(
            found,
            Evaluation { displacements: found.displacements.clone(), further_steps: further, ..scores.clone() }
        );
        assert!(scores.displacements.is_empty() && scores.further_steps == 0 && scores.env_steps > taken);
    }
}

/// One adaptation's displacements are `directions` after as many steps, for more tasks than are in memory at once.
#[test]
fn displacements_of_one_adaptation_are_directions() {
    let hand = Hand::new();
    let tasks: Vec<f64> = hand.tasks.iter().copied().cycle().take(80).collect();
    let ids: Vec<u32> = (0..40).collect();
    let options = EvaluateOptions { adaptations: 1, displacements: 3, ..hand.options(1) };
    let request = EvaluateRequest {
        context: hand.context(),
        meta: &hand.meta,
        tasks: &tasks,
        task_ids: &ids,
        options: &options,
        draws: Draws::new(31, Usage::Directions, 4),
    };
    let kept = evaluate(&request).unwrap();
    let block = kept.displacements.len() / 3;
    let mut taken = Vec::new();
    for steps in 1..4 {
        let stepped = EvaluateOptions { steps, ..options.clone() };
        let found = directions(&EvaluateRequest { options: &stepped, ..request }).unwrap();
        let rounded: Vec<f32> = found.directions.iter().map(|x| *x as f32).collect();
        assert_eq!(kept.displacements[(steps - 1) * block..steps * block], rounded);
        taken.push(found.env_steps);
    }
    assert_eq!(kept.further_steps, taken[2] - taken[0]);
}

/// The policies that an evaluation flies, adaptation by adaptation: their mean displacement is the one that it keeps.
#[test]
fn adapted_policies_are_those_that_an_evaluation_flies() {
    let (hand, ids) = (Hand::new(), [7, 2, 3]);
    let (theta, _) = hand.parts(&hand.meta);
    for steps in 1..4 {
        let options = EvaluateOptions { displacements: steps, ..hand.options(steps) };
        let request = hand.evaluation(&ids, &options, Usage::Evaluate);
        let kept = evaluate(&request).unwrap().displacements;
        let [first, second] = [0, 1].map(|adaptation| adapted_policies(&request, adaptation).unwrap());
        assert_ne!(first.policies, second.policies);
        let both = first.policies.iter().zip(&second.policies).zip(theta.iter().cycle());
        let means: Vec<f32> = both.map(|((a, b), from)| (((a - from) + (b - from)) / 2.0) as f32).collect();
        assert_eq!(kept[kept.len() - means.len()..], means, "{steps} steps");
        assert!(first.env_steps > 0);
    }
}

#[test]
fn displacements_of_too_many_steps_are_refused() {
    let hand = Hand::new();
    let options = EvaluateOptions { displacements: 256, ..hand.options(1) };
    let message = evaluate(&hand.evaluation(&[7], &options, Usage::Evaluate)).unwrap_err().to_string();
    assert!(message.contains("evaluate.displacements is 256"), "{message}");
}
