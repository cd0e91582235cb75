//! What an operator reads of a call to AWS that failed.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use std::error::Error;

/// The service's code and message; where no answer came, what happened, down to its cause. Never the response itself.
pub(crate) fn told<E, R>(error: &SdkError<E, R>) -> String
where
    E: Error + ProvideErrorMetadata + 'static,
    R: std::fmt::Debug + 'static,
{
    if let Some(code) = error.code() {
        return format!("{code}: {}", error.message().unwrap_or("no message"));
    }
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_dynamodb::error::ErrorMetadata;
    use aws_sdk_dynamodb::operation::get_item::GetItemError;

    #[test]
    fn a_refusal_is_told_by_code_and_message_and_silence_by_its_cause() {
        let refused = ErrorMetadata::builder().code("AccessDeniedException").message("not you").build();
        let refused: SdkError<GetItemError, ()> = SdkError::service_error(GetItemError::generic(refused), ());
        assert_eq!(told(&refused), "AccessDeniedException: not you");
        let silent: SdkError<GetItemError, ()> = SdkError::timeout_error(std::io::Error::other("5 s passed"));
        assert_eq!(told(&silent), "request has timed out: 5 s passed");
    }
}
