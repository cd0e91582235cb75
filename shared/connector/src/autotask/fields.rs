//! The fields of Autotask's tickets, and how its refusals name them. The same refusal calls a field `queueID`, `QueueID`
//! or nothing at all, depending on which part of Autotask refuses.

/// How the names of user-defined fields begin in the ticket form: a tenant may call its own field `status`.
pub(super) const USER_DEFINED: &str = "udf:";

/// Fields of a ticket that may be written, as Autotask spells them.
pub(super) const TICKET_FIELDS: [&str; 32] = [
    "assignedResourceID",
    "assignedResourceRoleID",
    "billingCodeID",
    "changeInfoField1",
    "changeInfoField2",
    "changeInfoField3",
    "changeInfoField4",
    "changeInfoField5",
    "companyID",
    "companyLocationID",
    "configurationItemID",
    "contactID",
    "contractID",
    "contractServiceID",
    "dueDateTime",
    "estimatedHours",
    "externalID",
    "hoursToBeScheduled",
    "issueType",
    "opportunityID",
    "organizationalLevelAssociationID",
    "priority",
    "projectID",
    "purchaseOrderNumber",
    "queueID",
    "resolution",
    "serviceLevelAgreementID",
    "source",
    "status",
    "subIssueType",
    "ticketCategory",
    "ticketType",
];

/// Fields that occur in refusals besides.
const MORE_FIELDS: [&str; 8] =
    ["title", "description", "noteType", "publish", "ticketID", "taskType", "problemTicketId", "id"];

/// Words that are names of fields and words of a sentence alike, so that they count only where a field must stand.
const COMMON: [&str; 9] =
    ["status", "priority", "source", "title", "description", "resolution", "publish", "id", "tickettype"];

/// What stands before the name of a field. Lower case.
const BEFORE: [&str; 8] = [
    "does not exist for child picklist: ",
    "does not exist for the required field ",
    "does not exist for ",
    "does not reference an existing entity for ",
    "reference value on field: ",
    "(field:",
    "unable to find ",
    "path '",
];

/// What stands before the name of a field that the tenant made. Lower case.
const BEFORE_OWN: &str = "user-defined field ";

/// The field that a refusal is about, as the ticket form calls it.
pub(super) fn field_in(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    if lower.contains("cannot all be empty") && lower.contains("queueid") {
        return Some("queueID".to_owned());
    }
    if lower.contains("allocation code") {
        return Some("billingCodeID".to_owned());
    }
    if let Some(at) = lower.find(BEFORE_OWN) {
        let name = phrase_at_start(text.get(at + BEFORE_OWN.len()..)?);
        return (!name.is_empty()).then(|| format!("{USER_DEFINED}{name}"));
    }
    let after = BEFORE.iter().find_map(|before| text.get(lower.find(before)? + before.len()..));
    if let Some(name) = after.and_then(name_at_start) {
        return Some(name);
    }
    if let Some(name) = required(text, &lower) {
        return Some(name);
    }
    // `Data violation: status 4 is not a valid value.`
    if let Some(at) = lower.find("data violation: ") {
        let first = words(text.get(at + "data violation: ".len()..)?).next().and_then(known);
        if let Some(field) = first {
            return Some(field.to_owned());
        }
    }
    // A name such as `contactID` occurs in no sentence by chance.
    let named =
        words(text).filter_map(known).find(|field| !COMMON.contains(&field.to_ascii_lowercase().as_str()));
    named.map(str::to_owned)
}

/// The name that `text` begins with: a field of Autotask's, or else one that the tenant made.
fn name_at_start(text: &str) -> Option<String> {
    let phrase = phrase_at_start(text);
    let own = || (!phrase.is_empty()).then(|| format!("{USER_DEFINED}{phrase}"));
    known(phrase).map(str::to_owned).or_else(own)
}

/// What `text` begins with, up to where Autotask goes on about something else.
fn phrase_at_start(text: &str) -> &str {
    const ENDS: [&str; 8] = [". ", ";", ")", ":", ",", "'", " of type", " in the "];
    let end = ENDS.iter().filter_map(|end| text.find(end)).min().unwrap_or(text.len());
    text.get(..end).unwrap_or_default().trim_matches(['.', ' ', '"', '[', ']'])
}

/// `queueID is required`, or a field that the tenant made: `Alert ID is required`.
fn required(text: &str, lower: &str) -> Option<String> {
    let before = text.get(..lower.find(" is required")?)?;
    let sentence = before.rsplit(['.', ';', ':']).next()?.trim();
    let name = ["The field ", "the field ", "Field ", "The ", "User-defined field ", "UDF "]
        .iter()
        .find_map(|article| sentence.strip_prefix(article))
        .unwrap_or(sentence)
        .trim_matches(['\'', '"', '[', ']', ' ']);
    if name.is_empty() {
        return None;
    }
    Some(known(name).map_or_else(|| format!("{USER_DEFINED}{name}"), str::to_owned))
}

/// The field of that name, in whatever case.
pub(super) fn known(name: &str) -> Option<&'static str> {
    TICKET_FIELDS.iter().chain(&MORE_FIELDS).find(|field| field.eq_ignore_ascii_case(name)).copied()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
}
