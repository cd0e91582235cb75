# The frame of a ticket's text: headings, labels, and the test ticket.
# Connectors add what stands between a label and its value.

ticket-title-with-account = { $title } – { $account }
ticket-type-reported = Un événement de type { $type } a été signalé.

ticket-heading-happened = Ce qui s’est passé
ticket-heading-meaning = Ce que cela signifie
ticket-heading-advice = Ce qu’il faut faire
ticket-heading-details = Détails fournis par la source
ticket-heading-event = Événement

ticket-label-time = Date et heure (UTC)
ticket-label-organization = Organisation
ticket-organization-with-id = { $name } ({ $id })
ticket-label-account = Compte
ticket-label-severity = Gravité
ticket-label-event-id = Identifiant de l’événement
ticket-label-source = Source
ticket-label-type = Type
ticket-link = En savoir plus à la source

test-ticket-title = Ticket de test de PSA Bridge
test-ticket-heading = Ceci est un test
test-ticket-text = PSA Bridge a créé ce ticket pour { $client } afin de tester la connexion. Il n’y a aucun incident et aucune intervention n’est nécessaire.
test-ticket-advice = Vérifiez que le client, le type de ticket et les autres champs correspondent à vos choix dans les paramètres des tickets. Laissez le ticket en place jusqu’à ce que PSA Bridge signale que le test a réussi ; vous pourrez ensuite le clôturer ou le supprimer.
