# Why an event has no ticket yet, will get none, or how it came by one, and what the reader can do about it.
# One message a reason code.

## Set-up

reason-no_connection = Aucun PSA n’est connecté : il n’y a donc pas de ticket. Connectez votre PSA, associez l’organisation et confirmez la configuration : les événements des dernières 48 heures deviendront alors des tickets.
reason-unmapped = L’organisation n’est associée à aucun client du PSA. Associez-la dans les 48 heures suivant l’événement : le ticket suivra.
reason-flow_off = Le flux de cette organisation était désactivé : cet événement ne donne pas de ticket. Activez le flux pour que les prochains événements deviennent des tickets.
reason-not_confirmed = La configuration n’est pas encore confirmée. Confirmez-la : les événements des dernières 48 heures deviendront alors des tickets.
reason-settings_missing = Les paramètres des tickets manquent ou sont incomplets. Complétez-les : le ticket suivra.
reason-client_missing = Le client du PSA auquel l’organisation est associée n’existe plus ou est inactif. Activez-le dans le PSA ou associez l’organisation à un autre client, puis renvoyez l’événement.

## Partners of the organisation

reason-not_in_chain = Vous ne faites pas partie des partenaires de cette organisation et ne recevez donc pas de ticket pour elle. Si c’est une erreur, demandez à l’éditeur de corriger les partenaires de l’organisation.
reason-chain_disagrees = L’événement mentionnait d’autres partenaires que le registre ; seuls les partenaires présents dans les deux sont atteints. Si c’est une erreur, demandez à l’éditeur de corriger les partenaires de l’organisation.

## Waiting

reason-waiting_turn = L’événement attend son tour derrière d’autres. Le ticket suivra sans intervention de votre part.
reason-paused = La connexion est en pause et l’événement est retenu. Reprenez la connexion : l’événement sera envoyé.
reason-suspended_credentials = Le PSA refuse les identifiants et l’événement est retenu. Saisissez des identifiants valides, ou corrigez l’utilisateur API dans le PSA et vérifiez la connexion : l’événement sera alors envoyé.
reason-suspended_permission = Une autorisation manque à l’utilisateur API dans le PSA et l’événement est retenu. Accordez ce que la vérification de la connexion indique et vérifiez de nouveau : l’événement sera alors envoyé.
reason-suspended_unavailable = Le PSA est injoignable et l’événement est retenu. PSA Bridge continue d’essayer et envoie l’événement dès que le PSA répond ; vous n’avez rien à faire.
reason-suspended_budget = La limite de requêtes du PSA est atteinte et l’événement est retenu. Il sera envoyé dès que la limite le permettra. Si cela se produit souvent, vérifiez quels autres outils utilisent l’API du PSA.
reason-outcome_unknown = La réponse du PSA a été perdue. PSA Bridge vérifie si le ticket a été créé, afin qu’il n’y en ait jamais un second ; vous n’avez rien à faire.

## Without a ticket

reason-left_window_unrouted = Pendant 48 heures, aucune connexion active n’a eu d’association pour cette organisation : cet événement reste sans ticket. Associez l’organisation pour que les prochains événements deviennent des tickets.
reason-psa_refused = Le PSA a refusé le ticket alors que la connexion fonctionne. Corrigez ce que son message indique, le plus souvent un champ des paramètres des tickets, puis renvoyez l’événement.
reason-psa_failed = Le PSA n’a pas pu traiter le ticket, même après plusieurs tentatives. Lisez son message, corrigez la cause dans le PSA, puis renvoyez l’événement.
reason-connection_revoked = La connexion a été révoquée avant la création du ticket. Connectez de nouveau le PSA et associez l’organisation : les événements des dernières 48 heures deviendront alors des tickets.
reason-retention_reached = La durée de conservation de l’événement a pris fin avant qu’un ticket ait pu être créé. S’il a encore de l’importance, créez le ticket manuellement.
reason-seat_count = Cet événement ne contient qu’un nombre de licences : il ne donne pas de ticket. Ce nombre alimente la synchronisation des licences.
reason-duplicate = Cet événement avait déjà été reçu. Il ne donne pas de second ticket.
reason-already_resolved = L’événement est arrivé après l’annonce du rétablissement ; il n’ouvre donc pas de ticket.
reason-resolved_while_waiting = Le problème était résolu avant que son ticket puisse être créé ; il n’y en a donc pas.
reason-nothing_to_resolve = Le problème est résolu, et aucun ticket ouvert n’en parlait.
reason-superseded = Le rétablissement est plus ancien que le dernier échec ; le ticket reste donc ouvert.
reason-resolve_ignored = Le problème est résolu. Selon les réglages des tickets, les rétablissements sont ignorés ; le ticket reste donc tel quel.
reason-note_refused = Le PSA n’accepte aucune note sur le ticket de ce problème, et un nouveau ticket a déjà été créé pour cela. Examinez le ticket, corrigez ce que nomme le message du PSA, puis relancez l’événement.

## With a ticket

reason-ticket_created = Le ticket a été créé dans le PSA.
reason-ticket_found = Après une réponse perdue, le ticket a été retrouvé dans le PSA. Aucun second ticket n’a été créé.
reason-note_added = Le problème s’est reproduit alors que le ticket était ouvert ; une note y a été ajoutée.
reason-ticket_resolved = Le problème est résolu : une note le dit, et le ticket a été fermé, car personne n’y avait travaillé.
reason-resolve_noted = Le problème est résolu : une note sur le ticket le dit. Le ticket est resté ouvert : fermez-le quand il n’y a plus rien à faire.
reason-ticket_reopened = Le problème est revenu ; le ticket qui avait été fermé pour lui a été rouvert.
reason-rolled_up = Tant de problèmes ont été signalés à la fois qu’un seul ticket en tient lieu ; celui-ci y est énuméré.
reason-retried_by_person = Une personne a renvoyé l’événement.
