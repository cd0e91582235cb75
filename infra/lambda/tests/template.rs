//! What holds of the template, whatever is added to it: least privilege, nothing that fails unseen, every route led to the
//! function that serves it.

#![cfg(test)]

use serde_json::{Map, Value};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// Permissions that name no single thing, each with the reason why it has to.
const WILDCARDS: [(&str, &str, &str); 11] = [
    ("Key", "WhoAdministersTheAccountAdministersTheKey", "a key's policy speaks of that key alone"),
    ("ConnectionsRole", "Vault", "a secret for each connection and generation, under the stack's own prefix"),
    ("MappingsRole", "Vault", "the same"),
    ("SeatsRole", "Vault", "the same"),
    ("ActivityRole", "Vault", "the same"),
    ("TicketsRole", "Vault", "the same"),
    ("BackfillRole", "Vault", "the same"),
    ("ConnectionsRole", "FindOldSecrets", "ListSecrets knows no resources"),
    ("TicketsRole", "FindOldSecrets", "the same"),
    ("BackfillRole", "FindOldSecrets", "the same"),
    ("Api", "Invoke", "any method and path of this API leads to the function that its route names"),
];

/// Which function serves the operations of a tag of the API document.
const FUNCTIONS: [(&str, &str); 8] = [
    ("connections", "Connections"),
    ("mappings", "Mappings"),
    ("organizations", "Mappings"),
    ("audit", "Activity"),
    ("operations", "Activity"),
    ("operator", "Activity"),
    ("events", "Activity"),
    ("seats", "Seats"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The template, its short forms written out.
fn template() -> &'static Value {
    static TEMPLATE: OnceLock<Value> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let read = "import json, sys; from cfnlint.decode.cfn_yaml import load; print(json.dumps(load(sys.argv[1])))";
        let file = root().join("template.yaml");
        let tools = root().join("tests/aws/tools");
        let read = Command::new(tools).args(["python", "-c", read]).arg(file).output().unwrap();
        assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
        serde_json::from_slice(&read.stdout).unwrap()
    })
}

fn resources() -> &'static Map<String, Value> {
    template()["Resources"].as_object().unwrap()
}

fn of_type(kind: &'static str) -> impl Iterator<Item = (&'static String, &'static Value)> {
    resources().iter().filter(move |(_, it)| it["Type"] == kind).map(|(name, it)| (name, &it["Properties"]))
}

fn list(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |items| items.iter().collect())
}

/// The logical id that a `Ref` or `GetAtt` names.
fn named(value: &Value) -> &str {
    let attribute = &value["Fn::GetAtt"];
    value["Ref"].as_str().or(attribute[0].as_str()).or(attribute.as_str()).unwrap_or_default()
}

/// All statements of policies: whose, and what they say.
fn statements() -> Vec<(&'static str, &'static Value)> {
    let mut found = Vec::new();
    for (name, role) in of_type("AWS::IAM::Role") {
        let policies = role["Policies"].as_array().unwrap();
        assert!(role.get("ManagedPolicyArns").is_none(), "{name} takes more than it says");
        for statement in policies.iter().flat_map(|it| list(&it["PolicyDocument"]["Statement"])) {
            found.push((name.as_str(), statement.get("Fn::If").map_or(statement, |either| &either[1])));
        }
    }
    for (name, key) in of_type("AWS::KMS::Key") {
        found.extend(list(&key["KeyPolicy"]["Statement"]).into_iter().map(|it| (name.as_str(), it)));
    }
    for (name, policy) in of_type("AWS::SQS::QueuePolicy") {
        found.extend(list(&policy["PolicyDocument"]["Statement"]).into_iter().map(|it| (name.as_str(), it)));
    }
    found
}

#[test]
fn no_permission_names_more_than_it_needs_but_those_with_a_reason() {
    let listed: BTreeSet<(&str, &str)> = WILDCARDS.iter().map(|(whose, sid, _)| (*whose, *sid)).collect();
    let wild = |value: &Value| list(value).into_iter().any(|it| it.to_string().contains('*'));
    let mut found = BTreeSet::new();
    for (whose, statement) in statements() {
        let sid =
            statement["Sid"].as_str().unwrap_or_else(|| panic!("{whose} has a statement without a name"));
        assert!(
            statement.get("NotAction").is_none() && statement.get("NotResource").is_none(),
            "{whose} {sid}"
        );
        if wild(&statement["Action"]) || wild(&statement["Resource"]) {
            found.insert((whose, sid));
        }
        assert_ne!(statement["Principal"], "*", "{whose} {sid}: anybody");
    }
    for (name, permission) in of_type("AWS::Lambda::Permission") {
        assert!(permission["SourceArn"].to_string().contains("${Api}/*"), "{name} lets others in");
        found.insert(("Api", "Invoke"));
    }
    assert_eq!(found, listed);
}

#[test]
fn every_function_has_a_role_and_a_log_group_of_its_own() {
    let (mut roles, mut groups) = (BTreeSet::new(), BTreeSet::new());
    for (name, function) in of_type("AWS::Serverless::Function") {
        assert!(roles.insert(named(&function["Role"])), "{name} shares its role");
        let group = named(&function["LoggingConfig"]["LogGroup"]);
        assert!(groups.insert(group), "{name} shares its log group");
        let group = &resources()[group];
        assert_eq!(group["Type"], "AWS::Logs::LogGroup");
        assert!(group["Properties"].get("RetentionInDays").is_some(), "{name} logs for ever");
    }
    assert_eq!(roles.len(), 7);
}

#[test]
fn every_queue_has_a_queue_for_dead_letters_and_an_alarm() {
    let mut targets = BTreeMap::new();
    for (name, queue) in of_type("AWS::SQS::Queue") {
        assert_eq!(queue["SqsManagedSseEnabled"], true, "{name} is not encrypted");
        if let Some(redrive) = queue.get("RedrivePolicy") {
            let target = named(&redrive["deadLetterTargetArn"]);
            assert!(targets.insert(target, name).is_none(), "{target} is shared");
        }
    }
    for (name, queue) in of_type("AWS::SQS::Queue") {
        let is_target = targets.contains_key(name.as_str());
        assert!(is_target || queue.get("RedrivePolicy").is_some(), "{name} has none");
        let metric =
            if is_target { "ApproximateNumberOfMessagesVisible" } else { "ApproximateAgeOfOldestMessage" };
        let is_watched = of_type("AWS::CloudWatch::Alarm").any(|(_, alarm)| {
            alarm["MetricName"] == metric
                && named(&alarm["Dimensions"][0]["Value"]).starts_with(name.as_str())
        });
        assert!(is_watched, "{name} has no alarm on {metric}");
    }
}

#[test]
fn what_functions_give_back_is_counted_by_the_text_that_they_log() {
    let source = include_str!("../src/records.rs");
    let counted: BTreeSet<&str> = of_type("AWS::Logs::MetricFilter")
        .map(|(_, filter)| {
            let text = filter["FilterPattern"].as_str().unwrap().split('"').nth(3).unwrap();
            assert!(source.contains(&format!("\"{text}\"")), "nothing logs {text}");
            named(&filter["LogGroupName"])
        })
        .collect();
    for (name, function) in of_type("AWS::Serverless::Function") {
        let group = named(&function["LoggingConfig"]["LogGroup"]);
        assert_eq!(counted.contains(group), function.get("Events").is_some(), "{name}");
    }
}

#[test]
fn no_alarm_waits_for_a_metric_that_is_never_there() {
    // DynamoDB keeps ThrottledRequests by table and operation; an alarm by table alone would hear nothing.
    assert!(!template().to_string().contains("ThrottledRequests"));
    for metric in ["ReadThrottleEvents", "WriteThrottleEvents"] {
        let is_watched = |(_, alarm): (&String, &Value)| {
            alarm["MetricName"] == metric && named(&alarm["Dimensions"][0]["Value"]) == "Table"
        };
        assert!(of_type("AWS::CloudWatch::Alarm").any(is_watched), "{metric}");
    }
}

#[test]
fn every_source_of_messages_fails_them_one_by_one_and_is_bounded() {
    let mut sources = 0;
    for (name, function) in of_type("AWS::Serverless::Function") {
        for (event, source) in function["Events"].as_object().into_iter().flatten() {
            let it = &source["Properties"];
            sources += 1;
            assert_eq!(it["FunctionResponseTypes"][0], "ReportBatchItemFailures", "{name} {event}");
            assert!(it["ScalingConfig"].get("MaximumConcurrency").is_some(), "{name} {event}");
            let statement = statements().into_iter().any(|(whose, statement)| {
                whose == named(&function["Role"])
                    && statement["Sid"] == "Messages"
                    && list(&statement["Resource"])
                        .into_iter()
                        .any(|queue| named(queue) == named(&it["Queue"]))
            });
            assert!(statement, "{name} may not read {event}");
        }
    }
    assert_eq!(sources, 4);
}

#[test]
fn the_table_can_be_restored_is_encrypted_and_forgets_what_is_over() {
    let (_, table) = of_type("AWS::DynamoDB::Table").next().unwrap();
    assert_eq!(table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true);
    assert_eq!(named(&table["SSESpecification"]["KMSMasterKeyId"]), "Key");
    assert_eq!(table["TimeToLiveSpecification"]["Enabled"], true);
    assert_eq!(table["DeletionProtectionEnabled"], true);
}

/// The function that the most specific route leads to, as the gateway chooses.
fn led_to(method: &str, path: &str) -> Option<(String, bool)> {
    let mut best: Option<((bool, usize, bool), &Value)> = None;
    for (_, route) in of_type("AWS::ApiGatewayV2::Route") {
        let (its_method, its_path) = route["RouteKey"].as_str()?.split_once(' ')?;
        if its_method != "ANY" && its_method != method {
            continue;
        }
        let (parts, ours): (Vec<&str>, Vec<&str>) =
            (its_path.split('/').collect(), path.split('/').collect());
        let greedy = its_path.ends_with("+}");
        let fits = if greedy { ours.len() >= parts.len() } else { ours.len() == parts.len() };
        let literal = |part: &&&str| !part.starts_with('{');
        if fits && parts.iter().zip(&ours).all(|(part, our)| !literal(&part) || part == our) {
            let rank = (!greedy, parts.iter().filter(literal).count(), its_method != "ANY");
            if best.is_none_or(|(other, _)| rank > other) {
                best = Some((rank, route));
            }
        }
    }
    let (_, route) = best?;
    let target = route["Target"]["Fn::Sub"].as_str()?;
    let function = target.strip_prefix("integrations/${")?.strip_suffix("Integration}")?;
    Some((function.to_owned(), route["AuthorizationType"] == "JWT"))
}

#[test]
fn every_operation_of_the_api_document_is_led_to_its_function_behind_the_authorizer() {
    let document = std::fs::read_to_string(root().join("docs/openapi.json")).unwrap();
    let document: Value = serde_json::from_str(&document).unwrap();
    let functions = BTreeMap::from(FUNCTIONS);
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let method = method.to_uppercase();
            let tag = operation["tags"][0].as_str().unwrap();
            let expected = match (method.as_str(), path.as_str()) {
                ("POST", "/v1/events") => "Ingest",
                _ => functions.get(tag).unwrap_or_else(|| panic!("no function serves the tag {tag}")),
            };
            assert_eq!(led_to(&method, path), Some((expected.to_owned(), true)), "{method} {path}");
        }
    }
    // A route for any method takes a browser's preflight for itself, which carries no token and so gets 401.
    for (name, route) in of_type("AWS::ApiGatewayV2::Route") {
        assert!(!route["RouteKey"].as_str().unwrap().starts_with("ANY "), "{name}");
    }
    for path in ["/openapi.json", "/event.schema.json", "/healthz"] {
        assert_eq!(led_to("GET", path), Some(("Ingest".to_owned(), false)), "{path}");
    }
}

#[test]
fn the_linters_have_nothing_to_say() {
    let checked = Command::new(root().join("tests/aws/check-template")).output().unwrap();
    let (said, told) = (String::from_utf8_lossy(&checked.stdout), String::from_utf8_lossy(&checked.stderr));
    assert!(checked.status.success(), "{said}{told}");
}
