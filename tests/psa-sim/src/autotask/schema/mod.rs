//! The entities of Autotask's API: their paths, their fields, and what may be done to them at all.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// The type of a field, as `entityInformation/fields` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    Integer,
    Long,
    Double,
    Boolean,
    DateTime,
    Text,
}

impl FieldType {
    /// Its name in metadata.
    pub fn name(self) -> &'static str {
        match self {
            Self::Integer => "integer",
            Self::Long => "long",
            Self::Double => "double",
            Self::Boolean => "boolean",
            Self::DateTime => "datetime",
            Self::Text => "string",
        }
    }
}

/// A field of an entity.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "the flags of a field, as metadata has them")]
pub struct Field {
    pub name: &'static str,
    pub kind: FieldType,
    /// The longest text; 0 for anything else.
    pub length: usize,
    pub required: bool,
    pub read_only: bool,
    pub queryable: bool,
    pub picklist: bool,
    /// The picklist that this one depends on.
    pub parent: &'static str,
    /// The entity that it refers to.
    pub refers_to: &'static str,
}

/// The fields of an entity, in the order of its document.
pub struct Schema {
    pub fields: Vec<Field>,
    by_name: HashMap<String, usize>,
}

impl Schema {
    fn parse(text: &'static str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let fields: Vec<Field> = lines.map(parse_field).collect();
        let by_name =
            fields.iter().enumerate().map(|(index, field)| (field.name.to_lowercase(), index)).collect();
        Self { fields, by_name }
    }

    /// A field by its name, in whatever case.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.by_name.get(&name.to_lowercase()).and_then(|&index| self.fields.get(index))
    }
}

fn parse_field(line: &'static str) -> Field {
    let mut words = line.split_whitespace();
    let name = words.next().unwrap_or_default();
    let kind = words.next().unwrap_or_default();
    let (kind, length) = kind.split_once(':').unwrap_or((kind, "0"));
    let mut field = Field {
        name,
        kind: match kind {
            "integer" => FieldType::Integer,
            "long" => FieldType::Long,
            "double" => FieldType::Double,
            "boolean" => FieldType::Boolean,
            "datetime" => FieldType::DateTime,
            _ => FieldType::Text,
        },
        length: length.parse().unwrap_or(0),
        required: false,
        read_only: false,
        queryable: true,
        picklist: false,
        parent: "",
        refers_to: "",
    };
    for flag in words {
        match flag.split_once('=').unwrap_or((flag, "")) {
            ("required", _) => field.required = true,
            ("readonly", _) => field.read_only = true,
            ("unqueryable", _) => field.queryable = false,
            ("picklist", _) => field.picklist = true,
            ("parent", parent) => field.parent = parent,
            ("ref", entity) => field.refers_to = entity,
            _ => {}
        }
    }
    field
}

macro_rules! entities {
    ($($(#[$meta:meta])* $entity:ident = $path:literal, $name:literal, $file:literal, [$($can:ident)*];)*) => {
        /// An entity of the API.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Entity { $($(#[$meta])* $entity,)* }

        impl Entity {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$entity,)*];

            /// Its path, as `Tickets`.
            pub fn path(self) -> &'static str {
                match self { $(Self::$entity => $path,)* }
            }

            /// Its name, as `Ticket`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$entity => $name,)* }
            }

            /// What can be done to it by anyone: `query`, `create`, `update`.
            pub fn can(self, what: &str) -> bool {
                let can: &[&str] = match self { $(Self::$entity => &[$(stringify!($can),)*],)* };
                can.contains(&what)
            }

            /// Its fields.
            pub fn schema(self) -> &'static Schema {
                match self {
                    $(Self::$entity => {
                        static SCHEMA: LazyLock<Schema> =
                            LazyLock::new(|| Schema::parse(include_str!(concat!($file, ".fields"))));
                        &SCHEMA
                    })*
                }
            }
        }
    };
}

entities! {
    /// Tickets.
    Tickets = "Tickets", "Ticket", "ticket", [query create update];
    /// Notes of tickets.
    TicketNotes = "TicketNotes", "TicketNote", "ticket_note", [query create update];
    /// Companies, the MSP's own with the id 0 among them.
    Companies = "Companies", "Company", "company", [query];
    /// Contacts at companies.
    Contacts = "Contacts", "Contact", "contact", [query];
    /// Locations of companies.
    CompanyLocations = "CompanyLocations", "CompanyLocation", "company_location", [query];
    /// Ticket categories.
    TicketCategories = "TicketCategories", "TicketCategory", "ticket_category", [query];
    /// What a ticket category fills in.
    TicketCategoryFieldDefaults =
        "TicketCategoryFieldDefaults", "TicketCategoryFieldDefaults", "ticket_category_field_defaults", [query];
    /// The MSP's people, and API users.
    Resources = "Resources", "Resource", "resource", [query];
    /// Work types, among other codes.
    BillingCodes = "BillingCodes", "BillingCode", "billing_code", [query];
    /// Services that contracts are made of.
    Services = "Services", "Service", "service", [query];
    /// Contracts.
    Contracts = "Contracts", "Contract", "contract", [query];
    /// Services of a contract.
    ContractServices = "ContractServices", "ContractService", "contract_service", [query create];
    /// How many units of a contract's service in which period.
    ContractServiceUnits =
        "ContractServiceUnits", "ContractServiceUnit", "contract_service_unit", [query];
    /// Changes of units: created, and never seen again.
    ContractServiceAdjustments =
        "ContractServiceAdjustments", "ContractServiceAdjustment", "contract_service_adjustment", [create];
}

impl Entity {
    /// The entity at a path in lower case.
    pub fn at(path: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|entity| entity.path().eq_ignore_ascii_case(path))
    }

    /// The child entity under a parent's path (both in lower case), and the field that refers to the parent.
    pub fn child(parent: &str, child: &str) -> Option<(Self, &'static str)> {
        match (parent, child) {
            ("tickets", "notes") => Some((Self::TicketNotes, "ticketID")),
            ("companies", "contacts") => Some((Self::Contacts, "companyID")),
            ("companies", "locations") => Some((Self::CompanyLocations, "companyID")),
            ("ticketcategories", "fielddefaults") => {
                Some((Self::TicketCategoryFieldDefaults, "ticketCategoryID"))
            }
            ("contracts", "services") => Some((Self::ContractServices, "contractID")),
            ("contracts", "serviceunits") => Some((Self::ContractServiceUnits, "contractID")),
            ("contracts", "serviceadjustments") => Some((Self::ContractServiceAdjustments, "contractID")),
            _ => None,
        }
    }

    /// Whether records are made, and changed, under their parent's path only.
    pub fn is_made_under_parent(self) -> bool {
        matches!(self, Self::TicketNotes | Self::ContractServices)
    }
}
