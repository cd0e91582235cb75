# Mails to a partner's emergency contact.

mail-greeting = Guten Tag,
mail-since = Seit: { $time } (UTC)
mail-until = Bis: { $time } (UTC)
mail-at = Wann: { $time } (UTC)
mail-waiting = Wartende Tickets: { $count }
mail-portal = Zur Verbindung: { $url }
mail-footer = PSA Bridge schreibt Ihnen, weil diese Adresse der Notfallkontakt der Verbindung ist. Mitteilung { $notice }

## It stopped

mail-subject-stopped = Bitte prüfen: keine Tickets mehr an { $psa } ({ $tenant })
mail-subject-amiss = Bitte handeln: Ticketeinstellungen passen nicht mehr zu { $psa } ({ $tenant })

mail-cause-credentials = { $psa } ({ $tenant }) nimmt die Zugangsdaten von PSA Bridge nicht mehr an. Deshalb entstehen keine Tickets.
mail-cause-permission = Dem API-Benutzer von PSA Bridge fehlt eine Berechtigung in { $psa } ({ $tenant }). Deshalb entstehen keine Tickets.
mail-cause-unavailable = PSA Bridge erreicht { $psa } ({ $tenant }) nicht, oder das PSA wird gewartet. Deshalb entstehen keine Tickets.
mail-cause-budget = Das Anfragelimit von { $psa } ({ $tenant }) ist seit Längerem ausgeschöpft. Deshalb kommen Tickets verspätet.
mail-cause-settings_missing = Die Ticketeinstellungen für { $psa } ({ $tenant }) wurden zurückgesetzt und keine neuen gespeichert. Deshalb entstehen keine Tickets.
mail-cause-settings_unfit = In { $psa } ({ $tenant }) hat sich etwas geändert: Werte aus den Ticketeinstellungen gibt es dort nicht mehr, oder ein weiteres Feld ist Pflicht.

mail-fix-credentials = Was zu tun ist: Prüfen Sie im PSA, ob der API-Benutzer und seine Integration aktiv und nicht gesperrt sind. Geben Sie dann in der Verbindung gültige Zugangsdaten ein oder prüfen Sie die Verbindung erneut. PSA Bridge versucht es nicht von selbst, damit der API-Benutzer nicht gesperrt wird.
mail-fix-permission = Was zu tun ist: Prüfen Sie die Verbindung. Die Prüfung nennt, was fehlt. Geben Sie dem API-Benutzer im PSA diese Berechtigung und prüfen Sie erneut. PSA Bridge versucht es nicht von selbst.
mail-fix-unavailable = Was zu tun ist: meist nichts. PSA Bridge sieht von selbst nach und macht weiter, sobald das PSA antwortet. Funktioniert das PSA bei Ihnen dennoch, prüfen Sie die Verbindung.
mail-fix-budget = Was zu tun ist: nichts, wenn es eine Ausnahme bleibt; PSA Bridge macht weiter, wie es das Limit erlaubt. Kommt es öfter vor, prüfen Sie, welche anderen Werkzeuge die API des PSA nutzen.
mail-fix-settings_missing = Was zu tun ist: Legen Sie fest, wie Tickets aussehen, und speichern Sie die Ticketeinstellungen.
mail-fix-settings_unfit = Was zu tun ist: Öffnen Sie die Ticketeinstellungen, korrigieren Sie die dort markierten Werte und speichern Sie.

mail-nothing-lost = Nichts geht verloren: Was wartet, wird der Reihe nach gesendet, sobald die Verbindung wieder funktioniert. Dann erhalten Sie noch eine E-Mail.
mail-may-be-refused = Bis dahin kann das PSA Tickets ablehnen. Abgelehnte lassen sich erneut senden, sobald die Einstellungen stimmen.

## It is over

mail-subject-recovered = Wieder in Ordnung: Verbindung zu { $psa } ({ $tenant })
mail-recovered = Die Verbindung zu { $psa } ({ $tenant }) funktioniert wieder.
mail-was-credentials = Das PSA hatte die Zugangsdaten abgelehnt.
mail-was-permission = Dem API-Benutzer hatte eine Berechtigung gefehlt.
mail-was-unavailable = Das PSA war nicht erreichbar gewesen.
mail-was-budget = Das Anfragelimit des PSA war ausgeschöpft gewesen.
mail-was-settings_missing = Die Ticketeinstellungen hatten gefehlt.
mail-was-settings_unfit = Die Ticketeinstellungen hatten nicht zum PSA gepasst.
mail-nothing-to-do = Was gewartet hat, wird jetzt der Reihe nach gesendet. Sie müssen nichts tun.

## It was revoked

mail-subject-revoked = Die Verbindung zu { $psa } ({ $tenant }) wurde widerrufen
mail-revoked = Die Verbindung von PSA Bridge zu { $psa } ({ $tenant }) wurde von einem Benutzer Ihrer Organisation widerrufen. Es entstehen keine Tickets mehr, und was noch wartete, endet ohne Ticket.
mail-revoked-fix = War das ein Versehen, verbinden Sie das PSA erneut und ordnen Sie die Organisationen zu: Die Ereignisse der letzten 48 Stunden werden dann zu Tickets. War es niemand von Ihnen, melden Sie es dem Hersteller.
