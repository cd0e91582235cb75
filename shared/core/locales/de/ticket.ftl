# The frame of a ticket's text: headings, labels, and the test ticket.
# Connectors add what stands between a label and its value.

ticket-title-with-account = { $title } – { $account }
ticket-type-reported = Ein Ereignis vom Typ { $type } wurde gemeldet.

ticket-heading-happened = Was ist geschehen?
ticket-heading-meaning = Was bedeutet das?
ticket-heading-advice = Was ist zu tun?
ticket-heading-details = Einzelheiten der Quelle
ticket-heading-event = Ereignis

ticket-label-time = Zeitpunkt (UTC)
ticket-label-organization = Organisation
ticket-organization-with-id = { $name } ({ $id })
ticket-label-account = Konto
ticket-label-severity = Schweregrad
ticket-label-event-id = Ereignis-ID
ticket-label-source = Quelle
ticket-label-type = Typ
ticket-link = Mehr bei der Quelle

test-ticket-title = Testticket von PSA Bridge
test-ticket-heading = Dies ist ein Test
test-ticket-text = PSA Bridge hat dieses Ticket für { $client } angelegt, um die Verbindung zu prüfen. Es liegt keine Störung vor, und es ist nichts zu tun.
test-ticket-advice = Prüfen Sie, ob Kunde, Tickettyp und die übrigen Felder so sind, wie Sie sie in den Ticketeinstellungen gewählt haben. Lassen Sie das Ticket stehen, bis PSA Bridge den Test als bestanden meldet; danach können Sie es schließen oder löschen.
