# Why an event has no ticket yet, will get none, or how it came by one, and what the reader can do about it.
# One message a reason code.

## Set-up

reason-no_connection = Es ist kein PSA verbunden, deshalb gibt es kein Ticket. Verbinden Sie Ihr PSA, ordnen Sie die Organisation zu und bestätigen Sie die Einrichtung: Die Ereignisse der letzten 48 Stunden werden dann zu Tickets.
reason-unmapped = Die Organisation ist keinem Kunden im PSA zugeordnet. Ordnen Sie sie innerhalb von 48 Stunden nach dem Ereignis zu, dann folgt das Ticket.
reason-flow_off = Der Fluss dieser Organisation war ausgeschaltet, deshalb entsteht aus diesem Ereignis kein Ticket. Schalten Sie ihn ein, damit künftige Ereignisse zu Tickets werden.
reason-not_confirmed = Die Einrichtung ist noch nicht bestätigt. Bestätigen Sie sie: Die Ereignisse der letzten 48 Stunden werden dann zu Tickets.
reason-settings_missing = Die Ticketeinstellungen fehlen oder sind unvollständig. Vervollständigen Sie sie, dann folgt das Ticket.
reason-client_missing = Der Kunde im PSA, dem die Organisation zugeordnet ist, ist nicht mehr vorhanden oder inaktiv. Aktivieren Sie ihn dort oder ordnen Sie die Organisation einem anderen Kunden zu, und senden Sie das Ereignis dann erneut.

## Partners of the organisation

reason-not_in_chain = Sie gehören nicht zu den Partnern dieser Organisation und erhalten daher kein Ticket für sie. Ist das falsch, bitten Sie den Hersteller, die Partner der Organisation zu berichtigen.
reason-chain_disagrees = Das Ereignis nannte andere Partner als das Verzeichnis; erreicht werden nur Partner, die in beiden stehen. Ist das falsch, bitten Sie den Hersteller, die Partner der Organisation zu berichtigen.

## Waiting

reason-waiting_turn = Das Ereignis wartet, bis es an der Reihe ist. Das Ticket folgt ohne Ihr Zutun.
reason-paused = Die Verbindung ist angehalten, und das Ereignis wird zurückgehalten. Setzen Sie die Verbindung fort, dann wird das Ereignis gesendet.
reason-suspended_credentials = Das PSA lehnt die Zugangsdaten ab, und das Ereignis wird zurückgehalten. Geben Sie gültige Zugangsdaten ein, oder berichtigen Sie den API-Benutzer im PSA und prüfen Sie die Verbindung: Das Ereignis wird dann gesendet.
reason-suspended_permission = Dem API-Benutzer fehlt im PSA eine Berechtigung, und das Ereignis wird zurückgehalten. Erteilen Sie, was die Verbindungsprüfung nennt, und prüfen Sie erneut: Das Ereignis wird dann gesendet.
reason-suspended_unavailable = Das PSA ist nicht erreichbar, und das Ereignis wird zurückgehalten. PSA Bridge versucht es weiter und sendet das Ereignis, sobald das PSA wieder antwortet; Sie müssen nichts tun.
reason-suspended_budget = Die Anfragegrenze des PSA ist ausgeschöpft, und das Ereignis wird zurückgehalten. Es wird gesendet, sobald die Grenze es zulässt. Geschieht das oft, prüfen Sie, welche anderen Werkzeuge die API des PSA nutzen.
reason-outcome_unknown = Die Antwort des PSA ging verloren. PSA Bridge stellt fest, ob das Ticket entstanden ist, damit es nie ein zweites gibt; Sie müssen nichts tun.

## Without a ticket

reason-left_window_unrouted = 48 Stunden lang hatte keine aktive Verbindung eine Zuordnung für diese Organisation; dieses Ereignis bleibt daher ohne Ticket. Ordnen Sie die Organisation zu, damit künftige Ereignisse zu Tickets werden.
reason-psa_refused = Das PSA hat das Ticket abgelehnt, obwohl die Verbindung funktioniert. Berichtigen Sie, was seine Meldung nennt, meist ein Feld in den Ticketeinstellungen, und senden Sie das Ereignis dann erneut.
reason-psa_failed = Das PSA konnte das Ticket auch nach mehreren Versuchen nicht verarbeiten. Lesen Sie seine Meldung, beheben Sie die Ursache im PSA, und senden Sie das Ereignis dann erneut.
reason-connection_revoked = Die Verbindung wurde widerrufen, bevor das Ticket entstand. Verbinden Sie das PSA erneut und ordnen Sie die Organisation zu: Die Ereignisse der letzten 48 Stunden werden dann zu Tickets.
reason-retention_reached = Die Aufbewahrungsfrist des Ereignisses endete, bevor ein Ticket entstehen konnte. Ist es noch von Bedeutung, legen Sie das Ticket von Hand an.
reason-seat_count = Dieses Ereignis enthält nur eine Lizenzanzahl, deshalb entsteht kein Ticket. Die Anzahl fließt in den Lizenzabgleich ein.
reason-duplicate = Dieses Ereignis war bereits eingegangen. Es entsteht kein zweites Ticket.
reason-already_resolved = Das Ereignis kam, nachdem das Problem schon als behoben gemeldet war; darum öffnet es kein Ticket.
reason-resolved_while_waiting = Das Problem war behoben, bevor sein Ticket angelegt werden konnte; darum gibt es keines.
reason-nothing_to_resolve = Das Problem ist behoben, und es gab kein offenes Ticket dazu.
reason-superseded = Die Entwarnung ist älter als die jüngste Störung; darum bleibt das Ticket offen.
reason-resolve_ignored = Das Problem ist behoben. Nach den Ticket-Einstellungen werden Entwarnungen nicht beachtet; darum bleibt das Ticket, wie es ist.
reason-note_refused = Das PSA nimmt auf dem Ticket dieses Problems keine Notiz an, und dafür wurde schon einmal ein neues Ticket angelegt. Sehen Sie das Ticket an, beheben Sie, was die Meldung des PSA nennt, und wiederholen Sie dann das Ereignis.

## With a ticket

reason-ticket_created = Das Ticket wurde im PSA angelegt.
reason-ticket_found = Nach einer verlorenen Antwort wurde das Ticket im PSA gefunden. Ein zweites wurde nicht angelegt.
reason-note_added = Das Problem trat erneut auf, während das Ticket offen war; darum wurde dort eine Notiz ergänzt.
reason-ticket_resolved = Das Problem ist behoben: Eine Notiz sagt es, und das Ticket wurde geschlossen, weil niemand daran gearbeitet hatte.
reason-resolve_noted = Das Problem ist behoben: Eine Notiz auf dem Ticket sagt es. Das Ticket blieb offen: Schließen Sie es, wenn nichts mehr zu tun ist.
reason-ticket_reopened = Das Problem ist wieder aufgetreten; darum wurde das dafür geschlossene Ticket wieder geöffnet.
reason-rolled_up = Es wurden so viele Probleme auf einmal gemeldet, dass ein Sammelticket für sie steht; dieses ist dort aufgeführt.
reason-retried_by_person = Eine Person hat das Ereignis erneut gesendet.
