//! Where sources about Halo disagree, or versions differ, there is a switch, so that a client can be held against both.

use serde::{Deserialize, Serialize};

use crate::switch::switch;

switch! {
    /// How a missing right shows itself (all three were observed live).
    Denial {
        /// 403 with an empty body.
        Empty403,
        /// The list is served, the single record answers 401.
        UnauthorizedOnDetail,
        /// The list is served, and is empty.
        EmptyList,
    }
}
switch! {
    /// The shape of lists: as documented for each endpoint, or all one way.
    ListShape {
        /// An envelope for records, a bare array for configuration.
        Documented,
        /// Bare arrays everywhere.
        AllBare,
        /// Envelopes everywhere.
        AllEnvelopes,
    }
}
switch! {
    /// What a successful POST answers with; all three were met in production by others.
    ReplyShape {
        /// The object.
        Object,
        /// An array that holds it.
        ArrayOfOne,
        /// An envelope that holds the array.
        Envelope,
    }
}
switch! {
    /// Which ids are written as floats, as old versions did.
    FloatIds {
        /// None.
        None,
        /// Those of users.
        Users,
        /// All of them.
        All,
    }
}
switch! {
    /// What `GET /Agent/me` answers with: two live reports disagree.
    AgentMeShape {
        /// A list of claims.
        Claims,
        /// The agent's record.
        Record,
    }
}
switch! {
    /// How a ticket names its agent; it differs by version.
    AgentShape {
        /// `agent_id` and `agent_name`.
        AgentId,
        /// `assignedagent_id` and `assignedagent_name`.
        AssignedAgent,
        /// An object `agent`.
        Nested,
    }
}
switch! {
    /// What becomes of a priority number that the ticket's SLA does not have.
    ForeignPriority {
        /// The ticket is refused.
        Refuse,
        /// The number is stored, and means nothing.
        Misread,
    }
}
switch! {
    /// What a licence loses when only some of its fields are posted; unverified for Halo.
    PartialLicenceUpdate {
        /// Nothing.
        Keep,
        /// Whatever was not posted.
        LoseOthers,
    }
}
switch! {
    /// How a deleted ticket reads; both were seen.
    DeletedRead {
        /// 404.
        NotFound,
        /// 200, an object without an id.
        WithoutId,
    }
}
switch! {
    /// What a create meets that arrives during another one.
    ParallelCreates {
        /// The database error that was seen in production.
        Fail,
        /// Nothing.
        Allow,
    }
}
switch! {
    /// When a list shows the fields that integrations keep their keys in.
    ListReferences {
        /// With `includedetails=true`.
        WithDetails,
        /// Always.
        Always,
        /// Never: only the single ticket shows them.
        Never,
    }
}
switch! {
    /// How exactly `startdate` and `enddate` cut.
    DateGranularity {
        /// To the second.
        Exact,
        /// To the day: the time of day is ignored.
        Day,
    }
}
switch! {
    /// What `client_ref` and `search_supplier_reference` do: documented, and used by nobody that was seen.
    ReferenceSearch {
        /// Find what contains the text.
        Contains,
        /// Find what equals the text.
        Exact,
        /// Nothing: the parameter is ignored.
        Ignored,
    }
}
switch! {
    /// What a known scope gets that the application was not given.
    ScopeMismatch {
        /// A token with what both have in common.
        Narrow,
        /// `invalid_scope`.
        Refuse,
    }
}

/// All switches of a tenant. The defaults are the common case, or the stricter one where none is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "a switch is either on or off")]
pub struct Switches {
    /// How a missing right shows itself.
    pub denial: Denial,
    /// The shape of lists.
    pub list_shape: ListShape,
    /// The shape of what a POST answers with.
    pub reply_shape: ReplyShape,
    /// Which ids are floats.
    pub float_ids: FloatIds,
    /// The shape of `GET /Agent/me`.
    pub agent_me: AgentMeShape,
    /// How a ticket names its agent.
    pub agent_shape: AgentShape,
    /// A priority that the SLA does not have.
    pub foreign_priority: ForeignPriority,
    /// A licence posted in part.
    pub partial_licence_update: PartialLicenceUpdate,
    /// How a deleted ticket reads.
    pub deleted_read: DeletedRead,
    /// Creates that overlap.
    pub parallel_creates: ParallelCreates,
    /// When lists show reference fields.
    pub list_references: ListReferences,
    /// How exactly the date filters cut.
    pub date_granularity: DateGranularity,
    /// Whether `startdate` and `enddate` are ignored unless `datesearch` says what they are about.
    pub dates_need_datesearch: bool,
    /// What the searches for references do.
    pub reference_search: ReferenceSearch,
    /// A scope that the application lacks.
    pub scope_mismatch: ScopeMismatch,
    /// Whether a ticket needs a client; a bare trial tenant did without.
    pub client_required: bool,
    /// Whether a ticket can be logged for an inactive client.
    pub inactive_client_takes_tickets: bool,
    /// Whether `_validate_only` is honoured; otherwise the ticket is created.
    pub validate_only_honoured: bool,
    /// Whether `hasbeenclosed` stays true after a ticket was reopened.
    pub closed_mark_sticks: bool,
    /// The most tickets of a page (`page_size` and `count`); none for no cap.
    pub ticket_page_cap: Option<usize>,
    /// The most of any other page.
    pub list_page_cap: Option<usize>,
    /// How many records were added (or removed, if negative) on top of a list between a page and the next.
    pub page_shift: i64,
    /// How long a token lives, in seconds.
    pub token_seconds: u64,
    /// Whether the token endpoint insists on the tenant; otherwise the host stands for one that is not named.
    pub tenant_required: bool,
    /// How long creating a ticket takes, in milliseconds.
    pub create_ms: u64,
    /// How far the tenant's clock is ahead of UTC, in seconds: a wrong clock, or one that shows local time.
    pub clock_offset_seconds: i64,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            denial: Denial::default(),
            list_shape: ListShape::default(),
            reply_shape: ReplyShape::default(),
            float_ids: FloatIds::default(),
            agent_me: AgentMeShape::default(),
            agent_shape: AgentShape::default(),
            foreign_priority: ForeignPriority::default(),
            partial_licence_update: PartialLicenceUpdate::default(),
            deleted_read: DeletedRead::default(),
            parallel_creates: ParallelCreates::default(),
            list_references: ListReferences::default(),
            date_granularity: DateGranularity::default(),
            dates_need_datesearch: true,
            reference_search: ReferenceSearch::default(),
            scope_mismatch: ScopeMismatch::default(),
            client_required: true,
            inactive_client_takes_tickets: false,
            validate_only_honoured: false,
            closed_mark_sticks: false,
            ticket_page_cap: Some(100),
            list_page_cap: None,
            page_shift: 0,
            token_seconds: 3600,
            tenant_required: false,
            create_ms: 10,
            clock_offset_seconds: 0,
        }
    }
}
