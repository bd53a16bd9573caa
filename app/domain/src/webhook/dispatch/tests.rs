//! Fairness: what one endpoint gets does not hang on another; lanes, windows, rates and breakers hold.

use super::*;
use crate::time::MINUTE;

const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

fn waiting(endpoint: i64) -> Waiting {
    Waiting {
        endpoint: EndpointId(endpoint),
        due: [Some(NOW), None, None, None],
        policy: Policy::default(),
        health: Health::default(),
    }
}

fn answer(status: u16) -> Answer {
    Answer { status: Some(status), ..Answer::default() }
}

/// Launches all that is planned; how many for each endpoint of `of`.
fn launch(dispatcher: &mut Dispatcher, of: &[Waiting], now: Timestamp) -> Vec<usize> {
    let plan = dispatcher.plan(of, now);
    let count = |take: &Take| take.lanes.iter().sum::<usize>();
    for take in &plan.takes {
        dispatcher.launched(take, count(take), now);
    }
    let taken = |one: &Waiting| plan.takes.iter().find(|take| take.endpoint == one.endpoint).map_or(0, count);
    of.iter().map(taken).collect()
}

/// Ends so many with this answer.
fn end(dispatcher: &mut Dispatcher, endpoint: i64, count: usize, answer: Option<&Answer>) {
    for _ in 0..count {
        dispatcher.ended(EndpointId(endpoint), answer);
    }
}

#[test]
fn an_unknown_endpoint_begins_with_four_and_doubles_up_to_its_limit() {
    let mut dispatcher = Dispatcher::new(1_024);
    let one = [waiting(1)];
    let mut windows = Vec::new();
    for _ in 0..6 {
        let taken = launch(&mut dispatcher, &one, NOW)[0];
        windows.push(taken);
        end(&mut dispatcher, 1, taken, Some(&answer(204)));
    }
    assert_eq!(windows, [4, 8, 16, 32, 32, 32]);
}

#[test]
fn overload_halves_what_is_on_its_way_and_a_refusal_does_not() {
    let mut dispatcher = Dispatcher::new(1_024);
    let one = [waiting(1)];
    let taken = launch(&mut dispatcher, &one, NOW)[0];
    end(&mut dispatcher, 1, taken, Some(&answer(400)));
    assert_eq!(launch(&mut dispatcher, &one, NOW)[0], 4);
    end(&mut dispatcher, 1, 1, Some(&answer(503)));
    end(&mut dispatcher, 1, 3, Some(&answer(204)));
    assert_eq!(
        launch(&mut dispatcher, &one, NOW)[0],
        3,
        "half of four, and a little more for three successes"
    );
    end(&mut dispatcher, 1, 3, Some(&Answer { error: Some("no answer".into()), ..Answer::default() }));
    assert_eq!(launch(&mut dispatcher, &one, NOW)[0], 1, "never none");
}

#[test]
fn slots_go_round_and_the_next_plan_begins_where_the_last_ended() {
    let mut dispatcher = Dispatcher::new(8);
    let all: Vec<_> = (1..=3).map(waiting).collect();
    assert_eq!(launch(&mut dispatcher, &all, NOW), [2, 2, 1]);
    end(&mut dispatcher, 1, 1, Some(&answer(204)));
    assert_eq!(launch(&mut dispatcher, &all, NOW), [0, 0, 1], "the third is the one whose turn it is");
}

#[test]
fn endpoints_that_never_answer_leave_some_of_the_free_slots_to_others() {
    let mut dispatcher = Dispatcher::new(128);
    let mut all: Vec<_> = (1..=40).map(waiting).collect();
    for _ in 0..100 {
        launch(&mut dispatcher, &all, NOW);
    }
    assert!(dispatcher.free() >= 6, "{}", dispatcher.free());
    all.push(waiting(99));
    assert_eq!(launch(&mut dispatcher, &all, NOW)[40], 2);
}

#[test]
fn an_endpoint_that_nothing_could_be_claimed_of_is_left_until_something_stirs() {
    let mut dispatcher = Dispatcher::new(64);
    let one = [waiting(1)];
    let take = dispatcher.plan(&one, NOW).takes[0];
    dispatcher.launched(&take, 0, NOW);
    assert_eq!(dispatcher.plan(&one, NOW), Plan { takes: Vec::new(), next: Some(NOW.plus(SECOND)) });
    dispatcher.stir();
    assert_eq!(dispatcher.plan(&one, NOW).takes.len(), 1);
}

#[test]
fn lanes_share_eight_to_three_to_one_and_an_idle_lane_costs_nothing() {
    let mut dispatcher = Dispatcher::new(1_024);
    let mut busy = waiting(1);
    busy.policy.concurrency = Some(12);
    let mut lanes = [0; LANES];
    let grown = [busy.clone()];
    for _ in 0..4 {
        let taken = launch(&mut dispatcher, &grown, NOW)[0];
        end(&mut dispatcher, 1, taken, Some(&answer(204)));
    }
    busy.due = [Some(NOW), Some(NOW), Some(NOW), None];
    for _ in 0..10 {
        let take = dispatcher.plan(std::slice::from_ref(&busy), NOW).takes[0];
        (0..LANES).for_each(|lane| lanes[lane] += take.lanes[lane]);
    }
    assert_eq!(lanes, [80, 30, 10, 0]);
    busy.due = [None, Some(NOW), Some(NOW.plus(1)), None];
    assert_eq!(dispatcher.plan(&[busy], NOW).takes[0].lanes, [0, 12, 0, 0]);
}

#[test]
fn a_rate_holds_and_is_shared_among_replicas() {
    let mut dispatcher = Dispatcher::new(1_024);
    let mut slow = waiting(1);
    slow.policy.max_per_second = Some(2);
    let slow = [slow];
    let mut sent = 0;
    for tick in 0..=100 {
        let taken = launch(&mut dispatcher, &slow, NOW.plus(tick * SECOND / 10))[0];
        end(&mut dispatcher, 1, taken, Some(&answer(204)));
        sent += taken;
    }
    assert_eq!(sent, 22, "two at first, then two a second for ten seconds");
    let at = NOW.plus(10 * SECOND);
    assert_eq!(dispatcher.plan(&slow, at).next, Some(at.plus(SECOND / 2)), "when the next token comes");
    dispatcher.share_among(2);
    assert_eq!(dispatcher.plan(&slow, at).next, Some(at.plus(SECOND)));
}

#[test]
fn an_open_breaker_waits_and_a_half_open_one_takes_a_single_canary() {
    let mut dispatcher = Dispatcher::new(64);
    let mut sick = waiting(1);
    sick.health = Health { failures: 10, open_until: NOW.plus(MINUTE), ..Health::default() };
    let sick = [sick];
    assert_eq!(dispatcher.plan(&sick, NOW), Plan { takes: Vec::new(), next: Some(NOW.plus(MINUTE)) });
    let later = NOW.plus(MINUTE);
    let plan = dispatcher.plan(&sick, later);
    assert_eq!(plan.takes, [Take { endpoint: EndpointId(1), lanes: [1, 0, 0, 0], canary: true }]);
    dispatcher.launched(&plan.takes[0], 1, later);
    assert_eq!(dispatcher.plan(&sick, later).takes, []);
}

#[test]
fn what_is_urgent_goes_to_an_endpoint_on_hold_one_at_a_time_and_before_all_others() {
    let mut dispatcher = Dispatcher::new(64);
    let mut sick = waiting(1);
    sick.health = Health { failures: 10, open_until: NOW.plus(MINUTE), ..Health::default() };
    sick.due[URGENT] = Some(NOW);
    let sick = [sick];
    let urgent = |canary| Take { endpoint: EndpointId(1), lanes: [0, 0, 0, 1], canary };
    assert_eq!(dispatcher.plan(&sick, NOW).takes, [urgent(false)]);
    assert_eq!(
        dispatcher.plan(&sick, NOW.plus(MINUTE)).takes,
        [urgent(true)],
        "it is what tries the breaker"
    );
    dispatcher.launched(&urgent(false), 1, NOW);
    assert_eq!(dispatcher.plan(&sick, NOW).takes, []);
    dispatcher.ended(EndpointId(1), Some(&answer(500)));
    dispatcher.launched(&urgent(false), 0, NOW);
    assert_eq!(dispatcher.plan(&sick, NOW).takes, [], "what cannot be claimed is not asked for in a circle");
}

#[test]
fn what_is_urgent_keeps_to_the_endpoint_s_rate_also_while_it_is_on_hold_and_goes_first_of_equals() {
    let mut dispatcher = Dispatcher::new(64);
    let mut slow = waiting(1);
    slow.due[URGENT] = Some(NOW);
    slow.policy.max_per_second = Some(1);
    let urgent = Take { endpoint: EndpointId(1), lanes: [0, 0, 0, 1], canary: false };
    assert_eq!(dispatcher.plan(std::slice::from_ref(&slow), NOW).takes, [urgent]);
    dispatcher.launched(&urgent, 1, NOW);
    dispatcher.ended(EndpointId(1), Some(&answer(429)));
    slow.health = Health { failures: 1, open_until: NOW.plus(MINUTE), ..Health::default() };
    let plan = dispatcher.plan(std::slice::from_ref(&slow), NOW);
    assert_eq!(plan, Plan { takes: Vec::new(), next: Some(NOW.plus(SECOND)) });
    assert_eq!(dispatcher.plan(&[slow], NOW.plus(SECOND)).takes, [urgent]);
}

#[test]
fn what_is_due_later_is_planned_for_then() {
    let mut dispatcher = Dispatcher::new(64);
    let mut later = waiting(1);
    later.due = [None, Some(NOW.plus(7)), Some(NOW.plus(9)), None];
    assert_eq!(dispatcher.plan(&[later], NOW), Plan { takes: Vec::new(), next: Some(NOW.plus(7)) });
}
