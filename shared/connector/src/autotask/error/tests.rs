//! Every refusal that Autotask is known to give, as it was seen, and what each means.

use super::*;
use http::HeaderMap;

fn reply(status: u16, body: &str) -> Reply {
    Reply {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::new(),
        body: body.to_owned().into(),
    }
}

fn errors(text: &str) -> String {
    serde_json::json!({ "errors": [text] }).to_string()
}

fn kind(status: u16, body: &str, repeat: Repeat) -> PsaErrorKind {
    read("test", &reply(status, body), repeat).unwrap_err().kind().clone()
}

#[test]
fn every_known_refusal_names_its_field() {
    for (text, field) in [
        ("Picklist value [3] does not exist for priority", Some("priority")),
        ("Picklist value [3] does not exist for noteType. ; on record number [1].", Some("noteType")),
        ("Value does not exist for child picklist: subIssueType", Some("subIssueType")),
        ("Value does not exist for the required field companyID...", Some("companyID")),
        ("Value does not exist for the required field Title. ; on record number [1].", Some("title")),
        ("Value does not reference an existing entity for taskType . ", Some("taskType")),
        (
            "Reference value on field: contactID of type: Contact does not exist or is invalid.",
            Some("contactID"),
        ),
        ("contactID: Value 12345 does not exist or is invalid", Some("contactID")),
        (
            "Data violation: contactID is not associated to the companyID or its Parent Company..",
            Some("contactID"),
        ),
        ("contractID [29683617] is not associated to companyID [423] or its parent.", Some("contractID")),
        ("The configurationItemID [x] is not associated with Company [0]", Some("configurationItemID")),
        (
            "The companyLocationID[285] cannot be associated with the Ticket. The CompanyLocation must belong to the \
             Ticket's, ConfigurationItem's, or the Contact's Company.",
            Some("companyLocationID"),
        ),
        ("Data violation: status 4 is not a valid value.", Some("status")),
        ("The given allocation code is not an active general allocation code", Some("billingCodeID")),
        ("dueDateTime is required.; on record number [0].", Some("dueDateTime")),
        ("queueID is required", Some("queueID")),
        ("Alert ID is required.; on record number [0].", Some("udf:Alert ID")),
        (
            "assignedResourceID, assignedResourceRoleID, and queueID cannot all be empty. Supply a QueueID or both a \
             AssignedResourceID and AssignedResourceRoleID..",
            Some("queueID"),
        ),
        (
            "Data violation: AssignedResourceID, AssignedResourceRoleID, and QueueID cannot all be empty. Supply a \
             QueueID or both a AssignedResourceID and AssignedResourceRoleID..",
            Some("queueID"),
        ),
        (
            "Data violation: When assigning a Resource, you must assign both a assignedResourceID and \
             assignedResourceRoleID.",
            Some("assignedResourceID"),
        ),
        ("String value exceeds maximum length (field:description)", Some("description")),
        (
            "Value does not exist for the required field Status Code. ; on record number [1].",
            Some("udf:Status Code"),
        ),
        ("Unable to find user-defined field Alert ID in the Ticket Entity.", Some("udf:Alert ID")),
        ("The value x is not valid for the user-defined field status.", Some("udf:status")),
        (
            "Error converting value {null} to type 'System.Int32'. Path 'queueID', line 1, position 1.",
            Some("queueID"),
        ),
        ("Unable to find widget in the Ticket Entity", Some("udf:widget")),
        (
            "Picklist value [x] does not exist for Customer Tier. ; on record number [1].",
            Some("udf:Customer Tier"),
        ),
        (
            "The specified AssignedResourceID and AssignedRoleID combination is not currently defined",
            Some("assignedResourceID"),
        ),
        ("A ContactGroup already exists with Name [..]. ContactGroup names must be unique.", None),
        ("Invalid query syntax. Queries are limited to 500 or fewer 'OR' conditions.", None),
        ("Unexpected character encountered while parsing value: t", None),
        ("Conversion failed when converting varchar 'x' to data type int", None),
    ] {
        let expected = PsaErrorKind::Rejected { field: field.map(str::to_owned) };
        for (status, repeat) in [(500, Repeat::Never), (500, Repeat::Freely), (200, Repeat::Never)] {
            assert_eq!(kind(status, &errors(text), repeat), expected, "{status} {repeat:?}: {text}");
        }
        assert_eq!(reading(&reply(500, &errors(text))), Reading::Answer, "{text}");
    }
}

#[test]
fn what_is_no_refusal_of_content_is_told_apart() {
    for (text, expected) in [
        (
            "The logged in Resource does not have the adequate permissions to query this entity type.",
            PsaErrorKind::MissingPermission,
        ),
        (
            "The logged in Resource does not have the adequate permissions to create this entity type.",
            PsaErrorKind::MissingPermission,
        ),
        ("IntegrationCode is invalid.", PsaErrorKind::WrongIntegration),
        ("Zone information could not be determined", PsaErrorKind::InvalidCredentials),
        ("Attachment could not be found.", PsaErrorKind::NotFound),
        (
            "A thread threshold of 3 threads has been exceeded for this tracking identifier and object endpoint.",
            PsaErrorKind::RateLimited { after: Some(THREAD_WAIT) },
        ),
        ("IntegrationVendor exceeded the API threshold", PsaErrorKind::RateLimited { after: None }),
    ] {
        for repeat in [Repeat::Never, Repeat::Freely] {
            assert_eq!(kind(500, &errors(text), repeat), expected, "{text}");
        }
    }
}

#[test]
fn a_create_is_refused_only_by_words_that_are_known() {
    for (status, body) in [
        (500, errors("Object reference not set to an instance of an object.")),
        (500, errors("Execution Timeout Expired.")),
        (500, errors("Transaction was deadlocked on lock resources")),
        (500, String::new()),
        (500, "{}".to_owned()),
        (502, "<html>Bad Gateway</html>".to_owned()),
        (200, "<html>Autotask is being maintained</html>".to_owned()),
        (200, String::new()),
    ] {
        assert_eq!(
            kind_of_lost(status, &body, Repeat::Never),
            Some(PsaErrorKind::OutcomeUnknown),
            "{status} {body}"
        );
        let read = kind_of_lost(status, &body, Repeat::Freely);
        assert!(
            matches!(read, Some(PsaErrorKind::Unavailable | PsaErrorKind::Protocol)),
            "{status} {body}: {read:?}"
        );
    }
}

fn kind_of_lost(status: u16, body: &str, repeat: Repeat) -> Option<PsaErrorKind> {
    read("test", &reply(status, body), repeat).err().map(|error| error.kind().clone())
}

#[test]
fn the_status_decides_where_the_body_says_nothing() {
    for (status, body, expected) in [
        (401, "", PsaErrorKind::InvalidCredentials),
        (403, "", PsaErrorKind::MissingPermission),
        (404, "", PsaErrorKind::NotFound),
        (400, "", PsaErrorKind::Rejected { field: None }),
        (
            405,
            r#"{"Message":"The requested resource does not support http method 'GET'."}"#,
            PsaErrorKind::Protocol,
        ),
    ] {
        assert_eq!(kind(status, body, Repeat::Freely), expected, "{status}");
    }
    let html = kind(200, "<html>Autotask is being maintained</html>", Repeat::Freely);
    assert_eq!(html, PsaErrorKind::Unavailable);
}

#[test]
fn the_transport_repeats_what_is_not_autotasks_own_answer() {
    for (status, body, expected) in [
        (500, String::new(), Reading::Unclear),
        (503, "<html>".to_owned(), Reading::Unclear),
        (500, errors("Execution Timeout Expired."), Reading::Unclear),
        (500, errors("Nobody has seen this"), Reading::Answer),
        (429, errors("thread threshold of 3 threads has been exceeded"), Reading::Wait(THREAD_WAIT)),
        (429, errors("IntegrationVendor exceeded the API threshold"), Reading::Unclear),
        (500, errors("IntegrationVendor exceeded the API threshold"), Reading::Answer),
    ] {
        assert_eq!(reading(&reply(status, &body)), expected, "{body}");
    }
}

#[test]
fn errors_come_in_several_shapes_and_are_passed_on_in_bounds() {
    for body in [
        r#"{"errors":["queueID is required"]}"#,
        r#"{"Errors":["queueID is required"]}"#,
        r#"{"errors":[{"message":"queueID is required"}]}"#,
        r#"{"errors":"queueID is required"}"#,
        r#"{"itemId":null,"errors":["queueID is required"]}"#,
    ] {
        let error = read("test", &reply(200, body), Repeat::Never).unwrap_err();
        assert_eq!(error.psa_message(), Some("queueID is required"), "{body}");
    }
    assert!(read("test", &reply(200, r#"{"itemId":7,"errors":[]}"#), Repeat::Never).is_ok());
    let long = read("test", &reply(500, &errors(&"x is required\n".repeat(100))), Repeat::Never).unwrap_err();
    assert_eq!(long.psa_message().map(|message| message.chars().count()), Some(LONGEST_MESSAGE));
}

#[test]
fn an_answer_without_words_is_told_by_its_status() {
    use PsaErrorKind as K;
    for (status, body, kind_of_a_read, kind_of_a_create) in [
        (200, "<html>maintenance</html>", K::Unavailable, K::OutcomeUnknown),
        (200, "neither", K::Protocol, K::OutcomeUnknown),
        (302, "", K::Protocol, K::OutcomeUnknown),
        (401, "", K::InvalidCredentials, K::InvalidCredentials),
        (403, "", K::MissingPermission, K::MissingPermission),
        (404, "", K::NotFound, K::NotFound),
        (400, "", K::Rejected { field: None }, K::Rejected { field: None }),
        (408, "", K::Unavailable, K::OutcomeUnknown),
        (429, "", K::RateLimited { after: None }, K::RateLimited { after: None }),
        (500, "", K::Unavailable, K::OutcomeUnknown),
        (504, "<html>timeout</html>", K::Unavailable, K::OutcomeUnknown),
    ] {
        assert_eq!(kind(status, body, Repeat::Freely), kind_of_a_read, "{status} {body}");
        assert_eq!(kind(status, body, Repeat::Never), kind_of_a_create, "{status} {body}");
    }
}

#[test]
fn the_rule_of_queue_or_resource_is_known_by_both_its_marks() {
    assert_eq!(field_in("assignedResourceID and queueID cannot all be empty").as_deref(), Some("queueID"));
    assert_ne!(field_in("contactID and companyID cannot all be empty").as_deref(), Some("queueID"));
    let of_another = "Picklist value [3] does not exist for priority. (queueID was 5)";
    assert_eq!(field_in(of_another).as_deref(), Some("priority"));
}
