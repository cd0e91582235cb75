# What happened to an event on its way to a ticket, a line of its timeline each.
# One message a code of `Happened`. $detail is what the line knows besides: the ticket, or who did it.
# Where a line has a reason to tell, it is told by the words of that reason (reasons.ftl).

timeline-accepted = The event was accepted for this connection.
timeline-attempt_started = PSA Bridge asks the PSA for a ticket.
timeline-ticket_created = The PSA created ticket { $detail }.
timeline-ticket_found = Ticket { $detail } was found in the PSA although its answer had been lost. No second one is created.
timeline-outcome_unknown = The PSA’s answer was lost. PSA Bridge waits until a ticket would be visible and then looks for it, so that there is never a second one.
timeline-not_found = The lost request made no ticket. PSA Bridge tries again.
timeline-look_again = PSA Bridge could not look for the ticket in the PSA and looks again later.
timeline-try_again = The PSA did not make the ticket this time. PSA Bridge tries again.
timeline-ended = The event ends without a ticket.
timeline-retried = { $detail } had the event tried again.
timeline-rerouted = The organisation has been mapped meanwhile, so the event is taken up again.

## Waiting

timeline-waits-behind = Events of this connection that come first: { $count }. The next of them happened at { $time }.
timeline-waits-behind-many = Events of this connection that come first: more than { $count }. The next of them happened at { $time }.
