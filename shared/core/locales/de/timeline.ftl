# What happened to an event on its way to a ticket, a line of its timeline each.
# One message a code of `Happened`. $detail is what the line knows besides: the ticket, or who did it.
# Where a line has a reason to tell, it is told by the words of that reason (reasons.ftl).

timeline-accepted = Das Ereignis wurde für diese Verbindung angenommen.
timeline-attempt_started = PSA Bridge sendet seine Anfrage an das PSA.
timeline-ticket_created = Das PSA hat Ticket { $detail } angelegt.
timeline-ticket_found = Ticket { $detail } wurde im PSA gefunden, obwohl dessen Antwort verloren gegangen war. Ein zweites wird nicht angelegt.
timeline-note_added = Auf Ticket { $detail } wurde eine Notiz ergänzt.
timeline-note_found = Die Notiz wurde auf Ticket { $detail } gefunden, obwohl die Antwort des PSA verloren gegangen war. Eine zweite wird nicht ergänzt.
timeline-note_refused = Das PSA hat die Notiz abgelehnt, deshalb bekommt das Ereignis ein eigenes Ticket.
timeline-ticket_closed = Ticket { $detail } wurde geschlossen, weil das Problem behoben ist.
timeline-ticket_left_open = Das Ticket bleibt offen: Jemand arbeitet daran, oder das PSA ließ PSA Bridge es nicht schließen.
timeline-ticket_reopened = Ticket { $detail } wurde wieder geöffnet, weil das Problem wieder aufgetreten ist.
timeline-reopen_refused = Das PSA ließ PSA Bridge das Ticket nicht wieder öffnen, deshalb bekommt das Ereignis ein eigenes Ticket.
timeline-rolled_up = Es wurde auf Ticket { $detail } aufgeführt, das für viele Probleme auf einmal steht.
timeline-outcome_unknown = Die Antwort des PSA ging verloren. PSA Bridge wartet, bis ein Ticket oder eine Notiz sichtbar sein müsste, und sucht dann danach, damit es nie ein Zweites davon gibt.
timeline-not_found = Die verlorene Anfrage hat im PSA nichts hinterlassen. PSA Bridge versucht es erneut.
timeline-look_again = PSA Bridge konnte im PSA nicht nachsehen und sieht später noch einmal nach.
timeline-try_again = Das PSA hat diesmal nicht getan, worum es gebeten wurde. PSA Bridge versucht es erneut.
timeline-ended = Das Ereignis endet ohne Ticket.
timeline-retried = { $detail } hat das Ereignis erneut senden lassen.
timeline-rerouted = Die Organisation wurde inzwischen zugeordnet, deshalb wird das Ereignis wieder aufgenommen.

## Waiting

timeline-waits-behind = Ereignisse dieser Verbindung, die vorher an der Reihe sind: { $count }. Das nächste davon geschah um { $time }.
timeline-waits-behind-many = Ereignisse dieser Verbindung, die vorher an der Reihe sind: mehr als { $count }. Das nächste davon geschah um { $time }.
