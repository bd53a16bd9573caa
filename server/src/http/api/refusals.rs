//! The refusals that follow from what a call takes, added to its description where its handler names none of its own.

use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, ResponseBuilder};

/// Adds them: 401 where a key is asked for, 404 where the path names a thing, 422 and 400 where there is something to
/// get wrong.
pub(super) struct Refusals;

impl utoipa::Modify for Refusals {
    fn modify(&self, openapi: &mut OpenApi) {
        for item in openapi.paths.paths.values_mut() {
            let of = [&mut item.get, &mut item.post, &mut item.patch, &mut item.delete];
            of.into_iter().flatten().for_each(add);
        }
    }
}

fn add(operation: &mut Operation) {
    let takes = |place: ParameterIn| {
        operation.parameters.iter().flatten().any(|parameter| parameter.parameter_in == place)
    };
    let (path, query, header) =
        (takes(ParameterIn::Path), takes(ParameterIn::Query), takes(ParameterIn::Header));
    let body = operation.request_body.is_some();
    for (status, told, applies) in [
        ("400", "The path or the body cannot be read", path || body),
        ("401", "No valid key", operation.security.is_none()),
        ("404", "There is no such thing", path),
        ("413", "The body is too large", body),
        ("422", "A field is wrong; `errors` names it", path || query || header || body),
        ("503", "Not now; `detail` says whether it may have been stored", true),
    ] {
        if applies {
            let problem = Content::new(Some(RefOr::Ref(Ref::from_schema_name("Problem"))));
            let response =
                ResponseBuilder::new().description(told).content("application/problem+json", problem);
            let responses = &mut operation.responses.responses;
            responses.entry(status.to_owned()).or_insert_with(|| response.build().into());
        }
    }
}
