//! Filters: what a query asks for, read strictly, and whether a record matches.

use serde_json::{Map, Number, Value};

use crate::autotask::http::call::member;
use crate::autotask::schema::{Entity, FieldType};
use crate::autotask::switches::{Switches, TextForNumber};
use crate::autotask::tenant::{Record, Tenant};
use crate::time::parse_date;

/// The most conditions that may be joined by "or", the elements of an `in` among them.
const MOST_ALTERNATIVES: usize = 500;

/// A condition, or a group of them.
#[derive(Clone, Debug)]
pub enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Test(Test),
}

/// A test of one field.
#[derive(Clone, Debug)]
pub struct Test {
    pub field: FieldName,
    pub operator: Operator,
    pub wanted: Vec<Wanted>,
}

#[derive(Clone, Debug)]
pub enum FieldName {
    Known(&'static str),
    UserDefined(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Eq,
    NotEq,
    Gt,
    Gte,
    Lt,
    Lte,
    BeginsWith,
    EndsWith,
    Contains,
    Exist,
    NotExist,
    In,
    NotIn,
}

/// What a field is compared with.
#[derive(Clone, Debug)]
pub enum Wanted {
    Number(Number),
    Flag(bool),
    Time(i64),
    /// In lower case.
    Text(String),
    /// What no value equals.
    Nothing,
}

impl Operator {
    fn read(name: &str) -> Option<Self> {
        Some(match name.to_lowercase().as_str() {
            "eq" => Self::Eq,
            "noteq" => Self::NotEq,
            "gt" => Self::Gt,
            "gte" => Self::Gte,
            "lt" => Self::Lt,
            "lte" => Self::Lte,
            "beginswith" => Self::BeginsWith,
            "endswith" => Self::EndsWith,
            "contains" => Self::Contains,
            "exist" => Self::Exist,
            "notexist" => Self::NotExist,
            "in" => Self::In,
            "notin" => Self::NotIn,
            _ => return None,
        })
    }
}

/// What conditions are read against.
pub struct Reader<'a> {
    pub tenant: &'a Tenant,
    pub switches: &'a Switches,
    pub entity: Entity,
    pub user_defined: usize,
    pub alternatives: usize,
}

impl Reader<'_> {
    /// The conditions of an array, which must all hold. An operator that does not exist is dropped without a word.
    pub fn read(&mut self, filter: &Value) -> Result<Condition, String> {
        let items = match filter {
            Value::Array(items) if !items.is_empty() => items,
            Value::Array(_) | Value::Null => {
                return Err("Value cannot be null.\r\nParameter name: filters".to_owned());
            }
            other => {
                let first = other.to_string().chars().next().unwrap_or('?');
                return Err(format!(
                    "Unexpected character encountered while parsing value: {first}. Path 'filter'."
                ));
            }
        };
        let conditions = self.items(items)?;
        if self.user_defined > 1 {
            return Err("Invalid query syntax. Only one user-defined field is allowed in a query.".to_owned());
        }
        if self.alternatives > MOST_ALTERNATIVES {
            return Err(
                "Invalid query syntax. Queries are limited to 500 or fewer 'OR' conditions.".to_owned()
            );
        }
        Ok(Condition::All(conditions))
    }

    fn items(&mut self, items: &[Value]) -> Result<Vec<Condition>, String> {
        let mut conditions = Vec::new();
        for item in items {
            let Value::Object(item) = item else {
                return Err(
                    "Invalid query syntax. A filter is an object with op, field and value.".to_owned()
                );
            };
            conditions.extend(self.condition(item)?);
        }
        Ok(conditions)
    }

    fn condition(&mut self, item: &Map<String, Value>) -> Result<Option<Condition>, String> {
        let operator = member(item, "op").and_then(Value::as_str).unwrap_or_default();
        let any = operator.eq_ignore_ascii_case("or");
        if any || operator.eq_ignore_ascii_case("and") {
            let items =
                member(item, "items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let conditions = self.items(items)?;
            if any {
                self.alternatives += conditions.len();
            }
            let empty = conditions.is_empty();
            let group = if any { Condition::Any(conditions) } else { Condition::All(conditions) };
            return Ok((!empty).then_some(group));
        }
        let Some(operator) = Operator::read(operator) else { return Ok(None) };
        let name = member(item, "field").and_then(Value::as_str).unwrap_or_default();
        let user_defined = member(item, "udf").and_then(Value::as_bool).unwrap_or(false);
        let (field, kind) = self.field(name, user_defined)?;
        let wanted = match (operator, member(item, "value")) {
            (Operator::Exist | Operator::NotExist, _) => Vec::new(),
            (Operator::In | Operator::NotIn, Some(Value::Array(values))) => {
                self.alternatives += values.len();
                values.iter().map(|value| self.wanted(kind, value)).collect::<Result<_, _>>()?
            }
            (Operator::In | Operator::NotIn, _) => {
                return Err(format!("Invalid query syntax. The value of {name} has to be an array."));
            }
            (_, Some(value)) => vec![self.wanted(kind, value)?],
            (_, None) => vec![Wanted::Nothing],
        };
        Ok(Some(Condition::Test(Test { field, operator, wanted })))
    }

    fn field(&mut self, name: &str, user_defined: bool) -> Result<(FieldName, FieldType), String> {
        let unknown = || format!("Unable to find {name} in the {} Entity.", self.entity.name());
        if user_defined {
            self.user_defined += 1;
            let fields = self.tenant.user_defined_fields.iter();
            let mut known = fields.filter(|_| self.entity == Entity::Tickets);
            let known = known.find(|field| field.name.eq_ignore_ascii_case(name)).ok_or_else(unknown)?;
            return Ok((FieldName::UserDefined(known.name.clone()), FieldType::Text));
        }
        let field = self.entity.schema().field(name).ok_or_else(unknown)?;
        if !field.queryable {
            // The words are a guess; that it is an error is known.
            return Err(format!(
                "The field {} of the {} Entity is not queryable.",
                field.name,
                self.entity.name()
            ));
        }
        Ok((FieldName::Known(field.name), field.kind))
    }

    fn wanted(&self, kind: FieldType, value: &Value) -> Result<Wanted, String> {
        let parsing = |value: &Value| {
            let first = value.to_string().chars().next().unwrap_or('?');
            format!("Unexpected character encountered while parsing value: {first}.")
        };
        match (kind, value) {
            (_, Value::Null) => Ok(Wanted::Nothing),
            (FieldType::Text, Value::String(text)) => Ok(Wanted::Text(text.to_lowercase())),
            (FieldType::Text, Value::Number(number)) => Ok(Wanted::Text(number.to_string())),
            (FieldType::Boolean, Value::Bool(flag)) => Ok(Wanted::Flag(*flag)),
            (FieldType::Boolean, _) => Err("String was not recognized as a valid Boolean.".to_owned()),
            (FieldType::DateTime, Value::String(text)) => {
                parse_date(text).map(Wanted::Time).ok_or_else(|| {
                    "Conversion failed when converting date and/or time from character string.".to_owned()
                })
            }
            (FieldType::Integer | FieldType::Long | FieldType::Double, Value::Number(number)) => {
                Ok(Wanted::Number(number.clone()))
            }
            (FieldType::Integer | FieldType::Long | FieldType::Double, Value::String(text)) => {
                let is_number = text.trim().parse::<f64>().is_ok();
                if is_number && self.switches.text_for_number == TextForNumber::NoRows {
                    return Ok(Wanted::Nothing);
                }
                Err(format!("Conversion failed when converting varchar '{text}' to data type int."))
            }
            (_, other) => Err(parsing(other)),
        }
    }
}

impl Condition {
    /// Whether the record matches. What is not set equals nothing and differs from nothing.
    pub fn matches(&self, record: &Record) -> bool {
        match self {
            Self::All(conditions) => conditions.iter().all(|condition| condition.matches(record)),
            Self::Any(conditions) => conditions.iter().any(|condition| condition.matches(record)),
            Self::Test(test) => test.matches(record),
        }
    }
}

impl Test {
    fn matches(&self, record: &Record) -> bool {
        let value = match &self.field {
            FieldName::Known(name) => record.fields.get(name),
            FieldName::UserDefined(name) => record.user_defined.get(name),
        };
        let value = value.filter(|value| !value.is_null());
        let Some(value) = value else { return self.operator == Operator::NotExist };
        let first = self.wanted.first();
        let order = |wanted: &Wanted| wanted.compare(value);
        let is = |accepted: fn(std::cmp::Ordering) -> bool| first.and_then(order).is_some_and(accepted);
        match self.operator {
            Operator::Exist => true,
            Operator::NotExist => false,
            Operator::Eq => is(std::cmp::Ordering::is_eq),
            Operator::NotEq => !is(std::cmp::Ordering::is_eq),
            Operator::Gt => is(std::cmp::Ordering::is_gt),
            Operator::Gte => is(std::cmp::Ordering::is_ge),
            Operator::Lt => is(std::cmp::Ordering::is_lt),
            Operator::Lte => is(std::cmp::Ordering::is_le),
            Operator::In => self.wanted.iter().any(|wanted| order(wanted) == Some(std::cmp::Ordering::Equal)),
            Operator::NotIn => {
                !self.wanted.iter().any(|wanted| order(wanted) == Some(std::cmp::Ordering::Equal))
            }
            Operator::BeginsWith | Operator::EndsWith | Operator::Contains => {
                let Some(Wanted::Text(wanted)) = first else { return false };
                let text = value.as_str().map(str::to_lowercase).unwrap_or_default();
                match self.operator {
                    Operator::BeginsWith => text.starts_with(wanted.as_str()),
                    Operator::EndsWith => text.ends_with(wanted.as_str()),
                    _ => text.contains(wanted.as_str()),
                }
            }
        }
    }
}

impl Wanted {
    /// How the record's value stands to what is wanted.
    fn compare(&self, value: &Value) -> Option<std::cmp::Ordering> {
        match self {
            Self::Number(wanted) => match (value.as_i64(), wanted.as_i64()) {
                (Some(value), Some(wanted)) => Some(value.cmp(&wanted)),
                _ => {
                    value.as_f64().zip(wanted.as_f64()).and_then(|(value, wanted)| value.partial_cmp(&wanted))
                }
            },
            Self::Flag(wanted) => value.as_bool().map(|value| value.cmp(wanted)),
            Self::Time(wanted) => value.as_str().and_then(parse_date).map(|value| value.cmp(wanted)),
            Self::Text(wanted) => match value {
                Value::String(text) => Some(text.to_lowercase().cmp(wanted)),
                other => Some(other.to_string().cmp(wanted)),
            },
            Self::Nothing => None,
        }
    }
}
