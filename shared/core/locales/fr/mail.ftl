# Mails to a partner's emergency contact.

mail-greeting = Bonjour,
mail-since = Depuis : { $time } (UTC)
mail-until = Jusqu’à : { $time } (UTC)
mail-at = Quand : { $time } (UTC)
mail-waiting = Tickets en attente : { $count }
mail-portal = Ouvrir la connexion : { $url }
mail-footer = PSA Bridge vous écrit parce que cette adresse est le contact d’urgence de la connexion. Avis { $notice }

## It stopped

mail-subject-stopped = À vérifier : plus de tickets vers { $psa } ({ $tenant })
mail-subject-amiss = À corriger : les paramètres des tickets ne conviennent plus à { $psa } ({ $tenant })

mail-cause-credentials = { $psa } ({ $tenant }) n’accepte plus les identifiants de PSA Bridge ; aucun ticket n’est donc créé.
mail-cause-permission = Il manque un droit à l’utilisateur API de PSA Bridge dans { $psa } ({ $tenant }) ; aucun ticket n’est donc créé.
mail-cause-unavailable = PSA Bridge ne peut pas joindre { $psa } ({ $tenant }), ou celui-ci est en maintenance ; aucun ticket n’est donc créé.
mail-cause-budget = La limite de requêtes de { $psa } ({ $tenant }) est épuisée depuis longtemps ; les tickets arrivent donc en retard.
mail-cause-settings_missing = Les paramètres des tickets pour { $psa } ({ $tenant }) ont été réinitialisés sans être remplacés ; aucun ticket n’est donc créé.
mail-cause-settings_unfit = Quelque chose a changé dans { $psa } ({ $tenant }) : des valeurs des paramètres des tickets n’y existent plus, ou un nouveau champ est obligatoire.

mail-fix-credentials = Que faire : vérifiez dans le PSA que l’utilisateur API et son intégration sont actifs et non verrouillés. Saisissez ensuite des identifiants valides dans la connexion, ou vérifiez-la de nouveau. PSA Bridge ne réessaie pas de lui-même, afin que l’utilisateur API ne soit pas verrouillé.
mail-fix-permission = Que faire : vérifiez la connexion. La vérification indique ce qui manque. Accordez ce droit à l’utilisateur API dans le PSA, puis vérifiez de nouveau. PSA Bridge ne réessaie pas de lui-même.
mail-fix-unavailable = Que faire : en général, rien. PSA Bridge vérifie de lui-même et reprend dès que le PSA répond. Si le PSA fonctionne pourtant chez vous, vérifiez la connexion.
mail-fix-budget = Que faire : rien, si cela reste exceptionnel ; PSA Bridge continue selon ce que la limite permet. Si cela se répète, cherchez quels autres outils utilisent l’API du PSA.
mail-fix-settings_missing = Que faire : choisissez l’aspect des tickets et enregistrez les paramètres des tickets.
mail-fix-settings_unfit = Que faire : ouvrez les paramètres des tickets, corrigez les valeurs qui y sont signalées et enregistrez.

mail-nothing-lost = Rien n’est perdu : ce qui attend sera envoyé dans l’ordre dès que la connexion fonctionnera de nouveau. Vous recevrez alors un autre e-mail.
mail-may-be-refused = D’ici là, le PSA peut refuser des tickets. Ceux qui ont été refusés pourront être renvoyés une fois les paramètres corrigés.

## It is over

mail-subject-recovered = La connexion à { $psa } ({ $tenant }) est rétablie
mail-recovered = La connexion à { $psa } ({ $tenant }) fonctionne de nouveau.
mail-was-credentials = Le PSA avait refusé les identifiants.
mail-was-permission = Il manquait un droit à l’utilisateur API.
mail-was-unavailable = Le PSA n’était pas joignable.
mail-was-budget = La limite de requêtes du PSA était épuisée.
mail-was-settings_missing = Les paramètres des tickets manquaient.
mail-was-settings_unfit = Les paramètres des tickets ne convenaient pas au PSA.
mail-nothing-to-do = Ce qui attendait est envoyé maintenant, dans l’ordre. Vous n’avez rien à faire.

## It was revoked

mail-subject-revoked = La connexion à { $psa } ({ $tenant }) a été révoquée
mail-revoked = La connexion de PSA Bridge à { $psa } ({ $tenant }) a été révoquée par un utilisateur de votre organisation. Plus aucun ticket n’est créé, et ce qui attendait se termine sans ticket.
mail-revoked-fix = Si c’était une erreur, reconnectez le PSA et associez les organisations : les événements des dernières 48 heures deviendront alors des tickets. Si personne chez vous ne l’a fait, prévenez l’éditeur.
