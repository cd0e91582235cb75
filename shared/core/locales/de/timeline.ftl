# What happened to an event on its way to a ticket, a line of its timeline each.
# One message a code of `Happened`. $detail is what the line knows besides: the ticket, or who did it.
# Where a line has a reason to tell, it is told by the words of that reason (reasons.ftl).

timeline-accepted = Das Ereignis wurde für diese Verbindung angenommen.
timeline-attempt_started = PSA Bridge fordert beim PSA ein Ticket an.
timeline-ticket_created = Das PSA hat Ticket { $detail } angelegt.
timeline-ticket_found = Ticket { $detail } wurde im PSA gefunden, obwohl dessen Antwort verloren gegangen war. Ein zweites wird nicht angelegt.
timeline-outcome_unknown = Die Antwort des PSA ging verloren. PSA Bridge wartet, bis ein Ticket sichtbar sein müsste, und sucht dann danach, damit es nie ein zweites gibt.
timeline-not_found = Aus der verlorenen Anfrage ist kein Ticket entstanden. PSA Bridge versucht es erneut.
timeline-look_again = PSA Bridge konnte im PSA nicht nach dem Ticket suchen und sucht später noch einmal.
timeline-try_again = Das PSA hat das Ticket diesmal nicht angelegt. PSA Bridge versucht es erneut.
timeline-ended = Das Ereignis endet ohne Ticket.
timeline-retried = { $detail } hat das Ereignis erneut senden lassen.
timeline-rerouted = Die Organisation wurde inzwischen zugeordnet, deshalb wird das Ereignis wieder aufgenommen.

## Waiting

timeline-waits-behind = Ereignisse dieser Verbindung, die vorher an der Reihe sind: { $count }. Das nächste davon geschah um { $time }.
timeline-waits-behind-many = Ereignisse dieser Verbindung, die vorher an der Reihe sind: mehr als { $count }. Das nächste davon geschah um { $time }.
