//! The market: money, days, pools, mixing, errors. What is seen of prices is in `indicators.rs`.

use std::collections::BTreeSet;

use xmrl_envs::market::constants::*;
use xmrl_envs::mix::{Parents, mix};
use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{
    EnvError, Environment, Market, MixCounts, Pool, Prices, Start, World, Worlds, environment, environments,
    specification,
};

mod made;

const POOLS: [Pool; 3] = [Pool::Training, Pool::Evaluation, Pool::HeldOut];

fn synthetic() -> (Environment, Market) {
    made_up("stock/synthetic")
}

/// A market of made-up prices.
fn made_up(preset: &str) -> (Environment, Market) {
    let environment = environment(preset).unwrap();
    let market = environment.world::<Market>().unwrap().clone();
    (environment, market)
}

/// Uniform actions in [-1.5, 1.5].
fn actions(count: usize, step: u32) -> Vec<f64> {
    let stream = Stream::new(3, Purpose::QueryNoise, 0);
    (0..count).map(|i| 3.0 * stream.uniform(0, 0, step, i as u32) - 1.5).collect()
}

#[test]
fn money_is_accounted_for_at_every_step() {
    let (environment, market) = synthetic();
    let (n, tasks) = (market.prices().width(), environment.tasks(Pool::Evaluation, 0, 20).values);
    let mut worlds = Worlds::of(environment, &tasks, 10, 0, 1).unwrap();
    let (mut fines, mut capped, mut emptied) = (0, 0, 0);
    for t in 0..HORIZON as u32 {
        let before = worlds.state().to_vec();
        let orders = actions(worlds.count() * n, t);
        let rewards = worlds.step(&orders).unwrap().rewards.to_vec();
        for (w, (old, new)) in before.chunks(n + 2).zip(worlds.state().chunks(n + 2)).enumerate() {
            let day = old[n + 1] as usize;
            assert_eq!(new[n + 1], (day + 1) as f64);
            let (today, tomorrow) = (market.prices().day(day), market.prices().day(day + 1));
            let value =
                |state: &[f64], prices: &[f64]| state[0] + (0..n).map(|i| state[1 + i] * prices[i]).sum::<f64>();
            // What changed hands, from the holdings alone.
            let moved: Vec<f64> = (0..n).map(|i| (new[1 + i] - old[1 + i]) * today[i]).collect();
            let (bought, sold) = moved.iter().fold((0.0, 0.0), |(b, s), m| (b + m.max(0.0), s + (-m).max(0.0)));
            let cash = old[0] + sold * 0.999 - bought * 1.001;
            assert!((new[0] - cash).abs() < 1e-9, "cash {} {cash}", new[0]);
            assert!((value(new, today) - (value(old, today) - 0.001 * (bought + sold))).abs() < 1e-9);
            let fine = if market.turbulence()[day] > tasks[w / 10 * 2] { 0.05 * bought } else { 0.0 };
            let reward = value(new, tomorrow) - value(old, today) - fine;
            assert!((rewards[w] - reward).abs() < 1e-9, "{} {reward}", rewards[w]);
            // Orders are kept unless the holding or the cash ends first.
            let wanted: f64 = (0..n).map(|i| 20.0 * orders[w * n + i].clamp(0.0, 1.0)).sum();
            let scale = bought / wanted;
            for i in 0..n {
                let order = 20.0 * orders[w * n + i].clamp(-1.0, 1.0);
                let expected = if order < 0.0 { order.max(-old[1 + i] * today[i]) } else { scale * order };
                assert!((moved[i] - expected).abs() < 1e-9);
                emptied += usize::from(order < 0.0 && old[1 + i] > 0.0 && new[1 + i] == 0.0);
            }
            assert!(scale <= 1.0 + 1e-12 && (scale > 1.0 - 1e-9 || new[0] < 1e-9), "cash left though orders were cut");
            fines += usize::from(fine > 0.0);
            capped += usize::from(scale < 0.999);
        }
    }
    assert!(fines > 1000 && capped > 100 && emptied > 100, "{fines} {capped} {emptied}");
}

#[test]
fn doing_nothing_keeps_the_money_and_buying_earns_what_prices_do() {
    let (environment, market) = synthetic();
    let n = market.prices().width();
    let mut worlds = Worlds::of(environment, &[30.0, 2.0], 1, 4, 1).unwrap();
    let day = worlds.state()[n + 1] as usize;
    // $10 of every name on the first day, then nothing: each earns its own return, less the cost of the purchase.
    let mut total = worlds.step(&vec![0.5; n]).unwrap().rewards[0];
    for _ in 1..HORIZON {
        total += worlds.step(&vec![0.0; n]).unwrap().rewards[0];
    }
    let growth: f64 = (0..n).map(|i| market.prices().day(day + HORIZON)[i] / market.prices().day(day)[i] - 1.0).sum();
    let fine = if market.turbulence()[day] > 30.0 { 0.05 * 10.0 * n as f64 } else { 0.0 };
    assert!((total - (10.0 * growth - 0.001 * 10.0 * n as f64 - fine)).abs() < 1e-9, "{total}");
    assert_eq!(worlds.step(&vec![0.0; n]).unwrap().rewards[0], 0.0, "over");
}

#[test]
fn nothing_of_a_later_day_is_seen() {
    let closes = made::closes();
    let names: Vec<String> = ["A", "B", "C"].map(String::from).into();
    let shown = |closes: Vec<f64>, day: usize| {
        let ranges = [1.01, 0.98].map(|by| closes.iter().map(|c| c * by).collect());
        let market = Market::new("stock/csv", Prices::new(names.clone(), closes, Some(ranges)).unwrap()).unwrap();
        let turbulence = market.turbulence()[..=day].to_vec();
        let mut worlds = Worlds::of(Environment::from(market), &[3.0, 2.0], 1, 0, 1).unwrap();
        let mut state = worlds.state().to_vec();
        (state[1], state[4]) = (2.0, day as f64);
        worlds.set_state(&state).unwrap();
        let seen = worlds.observations().to_vec();
        // The trade of the day and its fine are of the day too; only the change of prices is not.
        worlds.step(&[0.5, -0.5, 1.0]).unwrap();
        (turbulence, seen, worlds.state().to_vec())
    };
    for day in [253, 600, 1500] {
        let truth = shown(closes.clone(), day);
        assert!(truth.1.iter().all(|x| x.is_finite()) && truth.1.iter().filter(|x| **x != 0.0).count() > 25);
        let mut crashed = closes.clone();
        crashed[(day + 1) * made::WIDTH..].iter_mut().for_each(|price| *price *= 0.2);
        assert_eq!(shown(crashed, day), truth, "another future");
        let mut shifted = closes.clone();
        let future = &mut shifted[(day + 1) * made::WIDTH..];
        future.rotate_left(7 * made::WIDTH);
        assert_eq!(shown(shifted, day), truth, "a shifted future");
        let cut = closes[..(day + 2).max(253 + 6 * 274) * made::WIDTH].to_vec();
        assert_eq!(shown(cut, day), truth, "no future");
        let mut past = closes.clone();
        past[(day - 1) * made::WIDTH] *= 1.1;
        assert_ne!(shown(past, day), truth, "the past is seen");
    }
}

/// Where a threshold lies among the sorted turbulence of the training pool's days, as a share of them.
fn level(market: &Market, threshold: f64) -> f64 {
    let [first, end] = market.periods_of(Pool::Training);
    let mut sorted = market.turbulence()[market.days_of(first)[0]..=market.days_of(end - 1)[1]].to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let below = sorted.partition_point(|x| *x <= threshold) - 1;
    let share = (threshold - sorted[below]) / (sorted[below + 1] - sorted[below]);
    (below as f64 + share) / (sorted.len() - 1) as f64
}

#[test]
fn a_threshold_is_a_quantile_whatever_the_number_of_names() {
    for n in [1, 3, 60] {
        let stream = Stream::new(9, Purpose::Prices, n as u64);
        let mut last = vec![50.0; n];
        let closes: Vec<f64> = (0..1897u32)
            .flat_map(|day| {
                let factor = 0.01 * stream.normal(0, 0, day, 0);
                for (i, close) in last.iter_mut().enumerate() {
                    *close *= 1.0 + factor + 0.01 * stream.normal(1, i as u32, day, 0);
                }
                last.clone()
            })
            .collect();
        let names = (0..n).map(|i| format!("N{i}")).collect();
        let market = Market::new("stock/csv", Prices::new(names, closes, None).unwrap()).unwrap();
        let [low, usual, high] = {
            let spec = market.spec();
            [spec.task_low[0], spec.default_task[0], spec.task_high[0]]
        };
        for (threshold, truth) in [(low, 0.1), (usual, 0.5), (high, 0.9)] {
            assert!((level(&market, threshold) - truth).abs() < 1e-9, "{n} names: {threshold}");
        }
        // Uniform levels: mean and spread of 4,000 of them, within five standard errors.
        let tasks = market.tasks(Pool::Training, 3, 4000).values;
        let levels: Vec<f64> = tasks.chunks(2).map(|task| level(&market, task[0])).collect();
        let mean = levels.iter().sum::<f64>() / 4000.0;
        let spread = levels.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 4000.0;
        assert!((mean - 0.5).abs() < 5.0 * 0.8 / 12f64.sqrt() / 4000f64.sqrt(), "{n} names: {mean}");
        assert!((spread / (0.64 / 12.0) - 1.0).abs() < 0.08, "{n} names: {spread}");
        assert!(tasks.chunks(2).all(|task| task[0] >= low && task[0] <= high));
    }
}

#[test]
fn pools_share_no_day_and_no_threshold() {
    for (preset, seed) in [("stock/synthetic", 0), ("stock/synthetic", 7), ("stock/rare", 1)] {
        let (environment, market) = made_up(preset);
        let n = market.prices().width();
        let mut days: [BTreeSet<usize>; 3] = Default::default();
        let mut thresholds: [BTreeSet<u64>; 3] = Default::default();
        for (p, pool) in POOLS.into_iter().enumerate() {
            let tasks = environment.tasks(pool, seed, 200).values;
            // A threshold's level, the share of the training pool's days below it, in 96 cells of [.1, .9].
            let cell = |threshold: f64| ((level(&market, threshold) - 0.1) / 0.8 * 96.0).floor() as u64;
            thresholds[p].extend(environment.tasks(pool, seed, 1000).values.chunks(2).map(|task| cell(task[0])));
            let mut worlds = Worlds::of(environment.clone(), &tasks, 2, seed, 1).unwrap();
            loop {
                let over = worlds.step(&vec![0.1; worlds.count() * n]).unwrap();
                let over = over.truncated.iter().all(|over| *over == 1);
                days[p].extend(worlds.state().chunks(n + 2).map(|state| state[n + 1] as usize));
                if over {
                    break;
                }
            }
            let (stream, mut state) = (Stream::new(seed, Purpose::SupportStart, 0), vec![0.0; n + 2]);
            for (i, task) in tasks.chunks(2).enumerate() {
                environment.start(Start::Support, task, &stream, i as u32, 0, &mut state);
                let first = state[n + 1] as usize;
                let [start, end] = market.days_of(task[1] as usize);
                assert!(first + SUPPORT_HORIZON < start, "support episodes end before the year that is scored");
                days[p].extend(first..=first + SUPPORT_HORIZON);
                assert_eq!(end - start, 273);
            }
            // Thresholds fill their range, and periods are all those of the pool but the first.
            assert_eq!(thresholds[p].len(), 32);
            let [low, high] = market.periods_of(pool);
            let own: BTreeSet<usize> = tasks.chunks(2).map(|task| task[1] as usize).collect();
            assert_eq!(own, (low + 1..high).collect());
        }
        assert_eq!(thresholds[0].union(&thresholds[1]).chain(&thresholds[2]).max(), Some(&95));
        for (a, b) in [(0, 1), (0, 2), (1, 2)] {
            assert!(days[a].is_disjoint(&days[b]) && thresholds[a].is_disjoint(&thresholds[b]));
        }
        // Years in their order: the past is trained on.
        assert!(days[0].last() < days[1].first() && days[1].last() < days[2].first());
        assert!(days[2].last().unwrap() < &market.prices().days());
    }
}

#[test]
fn episodes_begin_with_a_thousand_dollars_on_different_days() {
    let (environment, market) = synthetic();
    let n = market.prices().width();
    let stream = Stream::new(5, Purpose::QueryStart, 0);
    let (mut query, mut cash) = (BTreeSet::new(), 0.0);
    for episode in 0..400 {
        let mut state = vec![f64::NAN; n + 2];
        environment.start(Start::Query, &[20.0, 3.0], &stream, 1, episode, &mut state);
        assert_eq!((state[0], state[1..=n].iter().sum::<f64>()), (1000.0, 0.0));
        query.insert(state[n + 1] as usize - market.days_of(3)[0]);
        environment.start(Start::Support, &[20.0, 3.0], &stream, 1, episode, &mut state);
        let held: f64 = (0..n).map(|i| state[1 + i] * market.prices().day(state[n + 1] as usize)[i]).sum();
        assert!((state[0] + held - 1000.0).abs() < 1e-9);
        cash += state[0] / 400.0;
    }
    assert_eq!(query, (0..21).collect());
    // The mean of 400 uniform amounts, within five standard errors.
    assert!((cash - 500.0).abs() < 5.0 * 1000.0 / 12f64.sqrt() / 20.0, "{cash}");
}

#[test]
fn an_episode_ends_with_its_period() {
    let (environment, market) = synthetic();
    let n = market.prices().width();
    let mut worlds = Worlds::of(environment, &[20.0, 3.0], 1, 0, 1).unwrap();
    let mut state = worlds.state().to_vec();
    let last = market.days_of(3)[1];
    state[n + 1] = (last - 2) as f64;
    worlds.set_state(&state).unwrap();
    assert_eq!(worlds.step(&vec![1.0; n]).unwrap().terminated[0], 0);
    assert_eq!(worlds.step(&vec![1.0; n]).unwrap().terminated[0], 1);
    assert_eq!(worlds.state()[n + 1], last as f64);
}

#[test]
fn only_states_of_one_day_are_mixed() {
    let (environment, market) = synthetic();
    let n = market.prices().width();
    let tasks = environment.tasks(Pool::Training, 0, 1).values;
    let mut worlds = Worlds::of(environment.clone(), &tasks, 20, 0, 1).unwrap();
    let mut visited = worlds.state().to_vec();
    for t in 0..100 {
        worlds.step(&actions(20 * n, t)).unwrap();
        visited.extend(worlds.state());
    }
    let (pairs, rule) = (Stream::new(0, Purpose::MixPair, 0), environment.spec().mixing);
    let row = |row: usize| &visited[row * (n + 2)..][..n + 2];
    let (mut mixed, mut gave_up, mut firsts) = (vec![0.0; n + 2], 0, BTreeSet::new());
    let parents = Parents::new(&environment, &visited, 0).unwrap();
    for episode in 0..500 {
        let start = parents.start(&environment, rule, &[0.3], &pairs, (0, episode), &mut mixed).unwrap();
        let (a, b) = (row(start.first), row(start.second));
        assert!(a != b && start.counts.redraws == 0);
        assert_eq!((a[n + 1], b[n + 1]), (mixed[n + 1], mixed[n + 1]));
        gave_up += start.counts.gave_up;
        firsts.insert(start.first);
        let wealth = |state: &[f64]| {
            let prices = market.prices().day(state[n + 1] as usize);
            state[0] + (0..n).map(|i| state[1 + i] * prices[i]).sum::<f64>()
        };
        assert!((wealth(&mixed) - (0.3 * wealth(a) + 0.7 * wealth(b))).abs() < 1e-9);
        assert!(environment.feasible(&mixed));
    }
    assert_eq!(gave_up, 0);
    assert!(firsts.len() > 300, "first states are spread over all rows");

    // Two days have no mixture, whatever the rule; 0 and 1 are the parents.
    let (a, b) = (row(0), row(20 * 2));
    assert_eq!(b[n + 1] - a[n + 1], 2.0);
    let mut counts = MixCounts::default();
    assert!(!mix(&environment, rule, 0.5, [a, b], &mut mixed, &mut counts));
    assert_eq!(counts.infeasible, 1);
    for (lambda, parent) in [(1.0, a), (0.0, b)] {
        assert!(mix(&environment, rule, lambda, [a, b], &mut mixed, &mut counts));
        assert_eq!(mixed, parent);
    }
}

#[test]
fn states_and_tasks_that_are_none_are_errors() {
    let (environment, market) = synthetic();
    let n = market.prices().width();
    let mut worlds = Worlds::of(environment.clone(), &[20.0, 3.0], 3, 0, 1).unwrap();
    let good = worlds.state().to_vec();
    for (entry, value, message) in [
        (0, -1.0, "state 1, entry 0: -1 is not an amount in [0, 1e10]"),
        (3, 2e10, "state 1, entry 3: 20000000000 is not an amount"),
        (n + 1, 300.5, "state 1, entry 21: 300.5 is not a day of the table, a whole number from 253 to 3540"),
        (n + 1, 252.0, "not a day of the table"),
        (n + 1, 3541.0, "not a day of the table"),
    ] {
        let mut bad = good.clone();
        bad[n + 2 + entry] = value;
        let error = worlds.set_state(&bad).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
    assert_eq!(worlds.state(), good);
    let error = environment.check_tasks(&[20.0, 3.0, 20.0, 3.5]).unwrap_err().to_string();
    assert_eq!(error, "task 1: period = 3.5 is not a whole number");
    assert!(matches!(environment.check_task(&[20.0, 0.0]), Err(EnvError::TaskOutside { .. })));
    assert!(matches!(environment.check_task(&[41.0, 1.0]), Err(EnvError::TaskOutside { .. })));
}

#[test]
fn prices_belong_to_the_market_that_is_made_of_them() {
    assert_eq!(environments().iter().filter(|spec| spec.family == "stock").count(), 4);
    let spec = specification("stock/sp20").unwrap();
    assert_eq!((spec.observation_size, spec.action_size, spec.state_size), (202, 20, 22));
    // Which thresholds there are is known when the prices are.
    assert_eq!((spec.task_low, spec.task_high), (vec![0.0, 1.0], vec![f64::INFINITY, 28.0]));
    let missing = environment("stock/sp20").unwrap_err().to_string();
    assert!(missing.contains("npx xmrl data stock/sp20"), "{missing}");
    let refused = |preset| Market::new(preset, made::prices()).unwrap_err().to_string();
    assert_eq!(refused("stock/sp20"), "stock/sp20 is 20 names over 8313 days, not 3 over 2034");
    assert!(refused("drone-planar").contains("drone-planar takes no prices"));

    // Two markets of one preset know nothing of each other, and its name is neither of them.
    let longer = [made::closes(), made::closes()[..274 * made::WIDTH].to_vec()].concat();
    let names = ["A", "B", "C"].map(String::from).into();
    let other = Environment::from(Market::new("stock/csv", Prices::new(names, longer, None).unwrap()).unwrap());
    let own = made::environment();
    assert_eq!(own.spec().observation_size, 2 + 10 * made::WIDTH);
    assert_eq!([own.spec().task_high[1], other.spec().task_high[1]], [5.0, 6.0]);
    assert!(own.check_task(&[3.0, 6.0]).is_err() && other.check_task(&[3.0, 6.0]).is_ok());
    assert!(matches!(environment("stock/csv"), Err(EnvError::NoPrices { preset }) if preset == "stock/csv"));
}

#[test]
fn prices_that_are_none_are_errors() {
    let names = || ["A", "B", "C"].map(String::from).to_vec();
    let refused = |prices: Result<Prices, EnvError>| prices.unwrap_err().to_string();
    for (value, said) in [(0.0, "0"), (-1.0, "-1"), (f64::NAN, "NaN"), (f64::INFINITY, "inf")] {
        let mut closes = made::closes();
        closes[3 * 100 + 1] = value;
        let error = refused(Prices::new(names(), closes, None));
        assert_eq!(error, format!("closes, day 100 (from 0), B: a price must be finite and above 0, not {said}"));
    }
    let short = refused(Prices::new(names(), made::closes()[..3000].to_vec(), None));
    assert!(short.starts_with("1000 days of prices are too few") && short.ends_with("need 1897"), "{short}");
    assert!(matches!(Prices::new(names(), made::closes()[1..].to_vec(), None), Err(EnvError::Shape { .. })));
    assert!(matches!(Prices::new(Vec::new(), Vec::new(), None), Err(EnvError::Zero { .. })));
    let many = refused(Prices::new(vec![String::new(); 513], Vec::new(), None));
    assert_eq!(many, "513 names are too many; at most 512 can be traded, leave some out");
    let lows = Prices::new(names(), made::closes(), Some([made::closes(), vec![1.0; 3]]));
    assert!(refused(lows).starts_with("lows: expected"));
}

#[test]
fn the_synthetic_market_has_calm_and_turbulent_days() {
    let (_, market) = synthetic();
    let days = &market.turbulence()[FIRST_DAY..];
    let above = |threshold: f64| days.iter().filter(|t| **t > threshold).count() as f64 / days.len() as f64;
    // The least brave investor may rarely buy, the bravest nearly always, in the later years too.
    let [low, high] = [market.spec().task_low[0], market.spec().task_high[0]];
    assert!(above(low) > 0.85 && above(high) < 0.15 && above(high) > 0.05, "{} {}", above(low), above(high));
    assert_eq!(market.spec().observation_size, 202);
}
