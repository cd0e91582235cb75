//! Where sources about Autotask disagree, or none is known, there is a switch.

use serde::{Deserialize, Serialize};

use crate::switch::switch;

switch! {
    /// What a wrong integration code gets.
    WrongIntegrationCode {
        /// 500, `IntegrationCode is invalid.`
        Error500,
        /// 401 without a body, as wrong credentials get.
        Empty401,
    }
}
switch! {
    /// What a missing permission gets.
    Denial {
        /// 500, as it has been since 2021.
        Error500,
        /// 403, as it is documented.
        Forbidden403,
    }
}
switch! {
    /// How metadata writes what a user may do.
    AccessShape {
        /// `"None"`, `"All"`, `"Restricted"`.
        Text,
        /// 0, 1, 2.
        Number,
    }
}
switch! {
    /// How a create's answer writes the new id.
    ItemIdShape {
        /// As a number.
        Number,
        /// As a text.
        Text,
    }
}
switch! {
    /// What reading a record gets that does not exist.
    MissingItem {
        /// 200, `{"item": null}`.
        Null,
        /// 404.
        NotFound,
    }
}
switch! {
    /// The status that comes with `{"errors": […]}`.
    RefusalStatus {
        /// 500, the usual one.
        Error500,
        /// 200, as some calls do.
        Ok200,
        /// 400, which is announced as possible.
        BadRequest400,
    }
}
switch! {
    /// How many errors a refusal names.
    ErrorReport {
        /// The first one found.
        First,
        /// All of them.
        All,
    }
}
switch! {
    /// What becomes of something that should not have been sent.
    Unwelcome {
        /// The request is refused.
        Refuse,
        /// It is ignored.
        Ignore,
    }
}
switch! {
    /// What a text gets that is compared with a number, and is one.
    TextForNumber {
        /// No row matches.
        NoRows,
        /// An error.
        Error,
    }
}

/// All switches of a tenant. The defaults are the common case, or the stricter one where none is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "a switch is either on or off")]
pub struct Switches {
    /// A wrong integration code.
    pub wrong_integration_code: WrongIntegrationCode,
    /// A missing permission.
    pub denial: Denial,
    /// How metadata writes what a user may do.
    pub access_shape: AccessShape,
    /// How a create's answer writes the new id.
    pub item_id: ItemIdShape,
    /// A record that does not exist.
    pub missing_item: MissingItem,
    /// The status of a refusal.
    pub refusal_status: RefusalStatus,
    /// How many errors a refusal names.
    pub error_report: ErrorReport,
    /// A picklist value that is not active any more, in a create.
    pub inactive_picklist_value: Unwelcome,
    /// A member that is null, in a create.
    pub null_members: Unwelcome,
    /// A member that the entity does not have.
    pub unknown_members: Unwelcome,
    /// Whether a member that can't be written refuses the request; otherwise it is ignored.
    pub refuse_read_only_members: bool,
    /// Whether a number in quotes is refused, and an empty text for anything but text; otherwise the number is read, and
    /// any empty text is null.
    pub strict_values: bool,
    /// A text that is compared with a number.
    pub text_for_number: TextForNumber,
    /// Whether a change of a ticket's status sticks; if not, it is answered with 200 all the same.
    pub status_changes_stick: bool,
    /// Whether a ticket needs a due date that neither its category nor its SLA gives.
    pub due_date_required: bool,
    /// Whether a service level agreement gives the due date.
    pub sla_gives_due_date: bool,
    /// Whether a ticket can be created for an inactive company.
    pub inactive_company_takes_tickets: bool,
    /// Whether an adjustment may take the units of a service to zero.
    pub units_may_be_zero: bool,
    /// Whether a full page that is the last one still says that there is a next.
    pub full_last_page_has_next: bool,
    /// After how many bad log-ins in a row a user is locked; none for never.
    pub lock_out_after: Option<u32>,
    /// How many requests at a time one integration may have at one entity; none for any number.
    pub thread_limit: Option<usize>,
    /// How long after its answer a request still takes up its thread, in milliseconds.
    pub thread_release_ms: u64,
    /// What is added to every answer once half of the threshold is used, in milliseconds.
    pub half_used_ms: u64,
    /// The same from three quarters on.
    pub three_quarters_used_ms: u64,
    /// How long every request takes, in milliseconds.
    pub answer_ms: u64,
    /// How long creating a ticket takes besides, in milliseconds.
    pub create_ms: u64,
    /// How far the tenant's clock is ahead of UTC, in seconds.
    pub clock_offset_seconds: i64,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            wrong_integration_code: WrongIntegrationCode::default(),
            denial: Denial::default(),
            access_shape: AccessShape::default(),
            item_id: ItemIdShape::default(),
            missing_item: MissingItem::default(),
            refusal_status: RefusalStatus::default(),
            error_report: ErrorReport::default(),
            inactive_picklist_value: Unwelcome::default(),
            null_members: Unwelcome::default(),
            unknown_members: Unwelcome::default(),
            refuse_read_only_members: false,
            strict_values: false,
            text_for_number: TextForNumber::default(),
            status_changes_stick: true,
            due_date_required: true,
            sla_gives_due_date: false,
            inactive_company_takes_tickets: false,
            units_may_be_zero: true,
            full_last_page_has_next: false,
            lock_out_after: Some(5),
            thread_limit: Some(3),
            thread_release_ms: 30,
            half_used_ms: 500,
            three_quarters_used_ms: 1000,
            answer_ms: 2,
            create_ms: 10,
            clock_offset_seconds: 0,
        }
    }
}
