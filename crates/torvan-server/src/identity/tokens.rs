//! Tokens of programs.

use axum::http::StatusCode;
use serde_json::{Map, Value};
use torvan_store::call::{Returned, call};
use torvan_store::surface::surface;

use super::{Answering, fault};
use crate::api::answer::json;
use crate::api::dispatch::require_json;
use crate::api::input;
use crate::credentials::token::ApiToken;
use crate::http::json::parse_object;
use crate::http::problem::{FAULT, Problem};
use crate::incoming::Incoming;

/// Makes a token from the arguments of `create_api_token`: its key, and the token, the only time that it is seen.
pub(crate) async fn create(
    incoming: &Incoming,
    given: Map<String, Value>,
) -> Result<(String, ApiToken), Problem> {
    let name = "create_api_token";
    let function = surface().functions.get(name).ok_or_else(|| Problem::new(FAULT, FAULT.title))?;
    let (mut context, _) = incoming.enter().await?;
    let token = ApiToken::generate().map_err(|error| fault(&error))?;
    let mut fixed = Map::new();
    fixed.insert("token_hash".to_owned(), Value::String(token.hash()));
    let arguments = input::arguments(function, given, &fixed, false).map_err(Problem::invalid)?;
    let Returned::One(Some(key)) = call(&mut context, name, function, &arguments).await? else {
        return Err(Problem::new(FAULT, FAULT.title));
    };
    context.commit().await?;
    Ok((key.get().to_owned(), token))
}

/// `POST /api-tokens`: makes one; the answer holds it, the only time that it is seen.
pub fn create_api_token(incoming: Incoming) -> Answering {
    Box::pin(async move {
        require_json(&incoming)?;
        let given = parse_object(&incoming.body)?;
        let (key, token) = create(&incoming, given).await?;
        let body = format!("{{\"api_token_id\":{key},\"token\":\"{}\"}}", token.expose());
        Ok(json(StatusCode::CREATED, body))
    })
}
