//! What every store must do, and in [`vault`] every vault, as public functions: an adapter of the ports runs [`cases`] against itself and is right
//! when all of them pass. Sequential cases hold it to each sentence of the ports' documentation; [`races`](self) run
//! every atomic step against every other and compare with the two serial orders.
//!
//! A case gets fresh stores from the adapter's [`StoreFactory`] and panics with what was expected. It never waits for
//! time to pass: all times are parameters.

mod accepting;
mod advancing;
mod connections;
mod ending;
mod fixture;
mod leases;
mod listing;
mod mappings;
mod missing;
mod notices;
mod operating;
mod organizations;
mod ownership;
mod pending;
mod persistence;
mod races;
mod records;
mod remembered;
mod retrying;
mod route_requests;
mod routing;
mod seats;
pub mod vault;
mod world;

pub use races::pairs::{Pair, Races, pairs};

use crate::{notice::NoticePolicy, ports::Store};
use async_trait::async_trait;
use futures_util::future::BoxFuture;
use std::{fmt, sync::Arc};
use world::World;

/// A store with data of its own.
#[async_trait]
pub trait StoreUnderTest: Send + Sync {
    /// The store.
    fn store(&self) -> Arc<dyn Store>;

    /// The same data through a second handle, as a second process would have it. Both stay in use.
    async fn reopen(&self) -> Arc<dyn Store>;

    /// Another store with a copy of the data as it is now; none where making it anew is as cheap.
    async fn copied(&self) -> Option<Arc<dyn StoreUnderTest>> {
        None
    }
}

/// What the stores of the suite tell: everything, so that the cases see it.
pub const NOTICES: NoticePolicy = notices::POLICY;

/// Makes stores for cases.
#[async_trait]
pub trait StoreFactory: Send + Sync {
    /// An empty store that follows [`NOTICES`]. Its data may go when it is dropped.
    async fn fresh(&self) -> Arc<dyn StoreUnderTest>;
}

type Run = Box<dyn Fn(Arc<dyn StoreFactory>) -> BoxFuture<'static, ()> + Send + Sync>;

/// One case.
pub struct Case {
    /// What it shows, e.g. `leases::a_lease_is_taken_by_one_alone`.
    pub name: String,
    run: Run,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Case {
    fn new(name: impl Into<String>, run: Run) -> Self {
        Self { name: name.into(), run }
    }

    fn sequential(name: &str, run: fn(World) -> BoxFuture<'static, ()>) -> Self {
        let run: Run =
            Box::new(move |factory| Box::pin(async move { run(World::of(factory.fresh().await)).await }));
        Self::new(name, run)
    }

    /// Runs it.
    ///
    /// # Panics
    /// When the store does not do what the case expects.
    pub async fn run(&self, factory: Arc<dyn StoreFactory>) {
        (self.run)(factory).await;
    }
}

macro_rules! sequential {
    ($($module:ident { $($case:ident,)* })*) => {
        /// Cases of one store and one step after the other.
        const SEQUENTIAL: &[(&str, fn(World) -> BoxFuture<'static, ()>)] = &[$($(
            (concat!(stringify!($module), "::", stringify!($case)), |world| Box::pin($module::$case(world))),
        )*)*];
    };
}

/// All cases. Those of races need a runtime of several threads.
pub fn cases() -> Vec<Case> {
    cases_with_rounds(1)
}

/// The same, each pair of steps so often at once: for a soak, or for a store whose conflicts are rare.
pub fn cases_with_rounds(rounds: u32) -> Vec<Case> {
    let mut cases: Vec<Case> = SEQUENTIAL.iter().map(|(name, run)| Case::sequential(name, *run)).collect();
    cases.extend(races::cases(rounds));
    cases
}

sequential! {
    accepting {
        a_new_event_is_kept_with_a_delivery_and_rings,
        a_duplicate_makes_no_second_delivery_and_keeps_the_first_body,
        a_duplicate_is_routed_by_the_mappings_of_now,
        a_duplicate_of_a_finished_event_changes_nothing,
        an_unknown_organisation_is_registered_by_the_chain_that_the_event_names,
        an_unknown_organisation_without_a_chain_keeps_the_event_for_later,
        an_event_never_overwrites_the_registry,
        a_chain_that_disagrees_reaches_those_that_both_name,
        every_partner_of_the_chain_reads_why_it_has_no_delivery,
        a_flow_that_is_off_ends_the_delivery_for_good,
        two_connections_of_one_partner_get_a_delivery_each,
        a_seat_count_makes_no_delivery,
    }
    routing {
        routing_again_makes_the_deliveries_that_are_missing,
        an_event_from_before_the_window_gets_no_new_delivery,
        what_ended_as_unmapped_is_rerouted_once_there_is_a_mapping,
        what_ended_otherwise_is_not_rerouted,
        routing_again_brings_reasons_up_to_date,
        a_partner_that_joins_the_chain_sees_events_after_routing_again,
        each_change_that_matters_asks_for_routing_again,
        a_refused_change_asks_for_nothing,
        registering_the_same_chain_again_asks_for_nothing,
        closing_the_window_ends_what_stayed_unrouted,
    }
    missing {
        what_has_all_its_deliveries_is_not_looked_at,
        what_came_without_a_mapping_is_found_once_there_is_one,
        what_came_before_confirming_is_found_oldest_first,
        a_delivery_to_one_connection_does_not_hide_that_another_is_missing,
        the_first_mapping_asks_for_all_events_and_a_later_one_for_the_missing,
        what_ended_as_unmapped_is_missing,
        what_ends_as_unmapped_while_it_is_mapped_again_is_asked_for,
        an_event_that_registers_its_organisation_asks_for_those_before_it,
        a_seat_count_misses_nothing,
        what_partners_of_others_or_revoked_connections_miss_is_not_noted,
        pending_events_come_in_order_of_acceptance_each_once,
        missing_events_page_in_order_of_event_time,
        what_left_the_window_is_missing_no_longer,
    }
    route_requests {
        they_come_oldest_first_and_one_a_scope,
        a_claim_is_taken_by_one_alone,
        who_claims_after_a_crash_goes_on_where_it_was_left,
        an_older_claim_has_lost_the_request,
        a_newer_wish_is_worked_under_the_same_claim,
        a_wish_for_all_events_stays_until_they_were_looked_at,
        a_finished_request_is_claimed_by_nobody_until_asked_again,
        a_partner_asks_for_a_backfill_once,
        progress_can_be_read,
        finished_requests_go_at_retention,
    }
    leases {
        a_free_lease_is_taken_with_the_connection_as_it_is,
        a_connection_that_is_not_there_has_no_lease,
        a_lease_is_taken_by_one_alone,
        a_lease_ends_at_its_time_and_the_next_has_a_higher_fence,
        a_released_lease_is_free,
        a_bell_that_rang_meanwhile_keeps_the_lease,
        bells_of_an_earlier_lease_do_not_keep_the_next,
        a_lease_that_was_taken_over_is_lost,
        a_lease_that_was_released_is_lost,
        handing_back_frees_the_lease_whatever_rang,
        a_revoked_or_paused_connection_can_be_leased_to_tidy_up,
    }
    advancing {
        every_change_is_the_state_machines_and_is_kept,
        steps_of_one_advance_happen_together,
        an_illegal_step_spoils_all,
        a_step_from_another_version_spoils_all,
        a_start_with_old_credentials_spoils_all,
        no_attempt_starts_on_a_paused_connection,
        no_attempt_starts_once_revoked_but_what_is_open_can_end,
        an_advance_of_what_is_not_there_fails,
        a_worker_changes_the_leased_connection,
        an_operation_is_saved_from_the_version_before,
    }
    pending {
        unfinished_deliveries_come_in_order_of_event_time_and_id,
        a_work_item_has_what_is_needed_to_work_it,
        open_attempts_are_unfinished_and_ends_are_not,
        the_next_due_time_is_the_earliest_of_deliveries_and_operations,
        open_operations_come_oldest_first_without_the_finished,
        the_sweep_finds_due_work_that_nobody_works,
        the_sweep_leaves_held_connections_alone,
        the_sweep_finds_a_connection_whose_canary_is_due,
        the_sweep_finds_work_once_its_throttle_ends,
        the_sweep_finds_revoked_connections_until_nothing_is_unfinished,
        the_sweep_finds_a_test_ticket_that_outlived_its_connection,
        the_sweep_finds_a_test_ticket_before_the_set_up_is_confirmed,
        the_sweep_returns_at_most_its_limit,
    }
    remembered {
        what_a_step_remembers_comes_with_the_next_of_its_kind,
        another_connection_remembers_nothing_of_it,
        a_step_that_is_not_made_is_not_remembered,
        what_is_under_way_keeps_its_fingerprint_whatever_the_mapping_says,
        a_recovery_that_waits_no_earlier_is_told,
        what_is_remembered_is_let_go_at_retention,
    }
    connections {
        a_new_connection_is_kept_as_it_is,
        a_partner_has_one_connection_to_a_tenant,
        every_change_is_the_domains_and_has_its_audit_line,
        a_conflict_changes_nothing_and_writes_nothing,
        only_its_partner_changes_a_connection,
        a_partners_connections_come_oldest_first_without_the_revoked,
        the_operator_pages_over_all_connections_in_order_of_id,
    }
    organizations {
        registering_returns_what_it_was,
        partners_of_the_chain_see_it_in_order_of_id,
        who_leaves_the_chain_no_longer_sees_it,
        deleting_takes_its_mappings_along,
        deleting_tells_each_partner_which_mappings_went_with_it,
        deleting_takes_along_however_many_mappings_there_are,
    }
    mappings {
        a_mapping_is_kept_as_it_was_put,
        only_ones_own_live_connections_and_organisations_are_mapped,
        a_mapping_is_deleted_once,
        mappings_are_listed_in_order_of_organisation_and_by_health,
        one_health_is_found_among_many,
        health_is_of_the_client_that_was_looked_at,
        the_same_organisation_is_mapped_in_two_connections,
    }
    ownership {
        a_stranger_sees_nothing,
        partners_of_one_chain_share_the_event_and_nothing_else,
        filters_look_at_ones_own_deliveries_alone,
        a_retry_touches_ones_own_deliveries_alone,
        naming_a_chain_gives_no_access_to_a_registered_organisation,
        connecting_again_inherits_nothing,
    }
    listing {
        events_are_filtered,
        filters_combine,
        what_waits_is_found_by_the_reason_that_it_shows,
        filtered_pages_show_every_event_once_while_others_come_in,
        a_filter_over_two_connections_means_one_delivery,
        a_listed_event_is_the_event_as_read_by_its_id,
        pages_show_every_event_once_while_others_come_in,
        an_organisations_events_come_oldest_event_time_first,
        accepted_events_come_in_order_of_acceptance,
        a_foreign_cursor_is_refused_not_misread,
    }
    records {
        audit_lines_page_newest_first_each_once,
        audit_lines_say_what_it_was_and_what_it_is,
        an_idempotency_key_is_answered_as_the_first_time,
        a_long_answer_is_given_again_whole,
        an_idempotency_key_is_free_again_when_forgotten_or_too_old,
        a_budget_is_the_domains_account,
        audit_lines_go_oldest_first_at_the_end_of_their_own_retention,
        an_account_that_nobody_draws_on_goes_at_retention,
        rejected_input_is_kept_and_pages_newest_first,
        the_same_input_rejected_twice_is_kept_twice_or_once_but_not_lost,
    }
    ending {
        a_retry_sets_refused_deliveries_to_work_again,
        what_did_not_end_retryably_is_not_retried,
        a_retry_sets_all_that_can_be_to_work_and_no_other,
        at_retention_what_is_unfinished_ends_with_its_reason,
        at_retention_what_is_finished_is_deleted,
    }
    retrying {
        all_of_a_reason_are_retried_page_by_page_with_one_audit_line,
        only_what_is_wished_for_is_retried,
        a_wish_retries_nothing_twice,
        a_wish_touches_ones_own_deliveries_of_events_that_one_sees_alone,
        a_wish_leaves_revoked_connections_alone,
    }
    operating {
        troubled_connections_are_found_by_their_trouble,
        rejected_input_is_filtered,
        replayed_input_is_marked_once_with_the_operators_audit_line,
        the_operators_audit_tells_who_owns_what_and_is_no_partners,
        audit_lines_are_filtered_by_connection_and_time,
    }
    notices {
        a_change_writes_its_notices_whoever_makes_it,
        a_change_that_is_not_made_writes_none,
        one_outage_makes_one_mail_whatever_it_turns_into,
        what_is_over_before_anybody_began_to_tell_it_is_not_told,
        what_is_over_while_it_is_told_is_told_to_the_end_in_order,
        where_the_beginning_could_not_be_told_the_end_is_not_either,
        a_taken_notice_is_nobody_elses_until_its_time_is_up,
        what_failed_is_told_again_when_it_is_due_and_given_up_in_the_open,
        notices_of_a_connection_come_in_order_and_hold_up_no_other,
        a_notice_that_is_not_due_yet_lets_the_next_pass,
        no_more_than_the_limit_are_taken,
        a_delivery_that_ends_without_a_ticket_is_told_to_the_vendor_alone,
        a_delivery_that_never_began_is_told_too,
        revoking_is_told_and_then_what_it_ended,
        notices_page_newest_first,
        at_retention_what_was_told_is_deleted_and_what_waits_is_not,
    }
    seats {
        the_latest_count_is_kept_in_whichever_order_they_come,
        a_count_sets_its_line_to_work_as_the_settings_say,
        mapping_finds_what_was_told_before,
        a_line_is_shown_to_its_partner_alone,
        a_change_is_one_step_with_its_entry_of_the_history,
        no_change_starts_without_the_lease_or_on_a_held_connection,
        what_rings_while_a_line_is_worked_keeps_it_due,
        wishes_are_taken_with_an_audit_line_or_not_at_all,
        lines_wake_when_their_chain_gets_the_partner_back,
        a_licence_is_shared_with_what_is_the_partners_alone,
        an_undo_is_of_the_licence_that_is_mapped_and_outlasts_the_same_count,
        the_history_goes_with_the_audit_and_leaves_what_can_be_taken_back,
        a_line_of_the_audit_can_be_kept_by_itself,
    }
    persistence {
        a_second_handle_sees_everything,
        handles_work_on_one_state,
    }
}
