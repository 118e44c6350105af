//! Requests of a bulk, all of them or none: one transaction.

use axum::response::Response;
use torvan_store::Context;

use super::super::answer::{Made, given, replayed};
use super::super::dispatch::{Failed, Refusable, Tries, effect, undone, use_keys};
use super::super::once::Once;
use super::super::places;
use super::asked::Asked;
use super::each::Outcome;
use super::{begin, part};
use crate::http::Answer;
use crate::http::problem::Problem;
use crate::incoming::Incoming;

pub(super) async fn done(incoming: &Incoming, asked: &Asked, key: &Once) -> Answer {
    let parts: Vec<Incoming> = asked
        .entries
        .iter()
        .enumerate()
        .map(|(number, entry)| {
            part(incoming, entry, number, key).map_err(|problem| problem.in_bulk(number, &entry.name()))
        })
        .collect::<Result<_, _>>()?;
    let mut tries = Tries::of(parts.iter().map(|part| part.endpoint));
    loop {
        match attempt(incoming, &parts, key, tries.with_keys()).await {
            Ok(response) => return Ok(response),
            Err((number, failed)) => {
                if let Err(problem) = tries.again(failed, &incoming.app) {
                    return Err(refused(problem, number, &parts, asked).await);
                }
            }
        }
    }
}

/// The refusal of one is that of all, and says which one it was.
async fn refused(problem: Problem, number: Option<usize>, parts: &[Incoming], asked: &Asked) -> Problem {
    let Some(number) = number else { return problem };
    let problem = places::placed(problem, parts[number].endpoint);
    Refusable::of(&parts[number]).note_if_refused(&problem).await;
    problem.noted().in_bulk(number, &asked.entries[number].name())
}

async fn attempt(
    incoming: &Incoming,
    parts: &[Incoming],
    key: &Once,
    with_keys: bool,
) -> Result<Response, (Option<usize>, Failed)> {
    let of_the_whole = |failed: Failed| (None, failed);
    let (mut context, answered) = begin(incoming, key).await.map_err(of_the_whole)?;
    if let Some(answered) = answered {
        return Ok(replayed(answered));
    }
    if with_keys {
        use_keys(&mut context, &incoming.app).await.map_err(|error| of_the_whole(error.into()))?;
    }
    let mut outcome = Outcome::default();
    for (number, part) in parts.iter().enumerate() {
        match made(&mut context, part).await {
            Ok(made) => outcome.push_done(made.stored()),
            Err(failed) => return Err((Some(number), undone(context, failed).await)),
        }
    }
    finished(incoming, context, &outcome, key).await.map_err(of_the_whole)
}

async fn made(context: &mut Context, part: &Incoming) -> Result<Made, Failed> {
    part.enter_in(context).await?;
    effect(context, part).await
}

async fn finished(
    incoming: &Incoming,
    mut context: Context,
    outcome: &Outcome,
    key: &Once,
) -> Result<Response, Failed> {
    let answer = outcome.answer()?;
    // The last of the parts acted; the key is the whole's.
    incoming.enter_in(&mut context).await?;
    key.finish(&mut context, &answer).await?;
    context.commit().await?;
    Ok(given(answer))
}
