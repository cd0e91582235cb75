# What is left to do before a connection can be confirmed, one message a code.

setup-settings_missing = Legen Sie fest, wie Tickets aussehen, und speichern Sie die Ticketeinstellungen.
setup-emergency_contact_missing = Geben Sie einen Notfallkontakt an: die E-Mail-Adresse, an die geschrieben wird, wenn die Verbindung nicht mehr funktioniert.
setup-test_ticket_missing = Senden Sie ein Testticket und warten Sie, bis es im PSA gefunden wurde. Nach einer Änderung der Zugangsdaten oder der Ticketeinstellungen ist ein neues nötig.
setup-connection_suspended = Die Verbindung ist ausgesetzt. Prüfen Sie sie und beheben Sie, was die Prüfung nennt, oder geben Sie gültige Zugangsdaten ein.
