# What happened to an event on its way to a ticket, a line of its timeline each.
# One message a code of `Happened`. $detail is what the line knows besides: the ticket, or who did it.
# Where a line has a reason to tell, it is told by the words of that reason (reasons.ftl).

timeline-accepted = L’événement a été accepté pour cette connexion.
timeline-attempt_started = PSA Bridge demande un ticket au PSA.
timeline-ticket_created = Le PSA a créé le ticket { $detail }.
timeline-ticket_found = Le ticket { $detail } a été retrouvé dans le PSA alors que la réponse avait été perdue. Aucun second ticket n’est créé.
timeline-outcome_unknown = La réponse du PSA a été perdue. PSA Bridge attend le moment où un ticket serait visible, puis le recherche, afin qu’il n’y en ait jamais un second.
timeline-not_found = La requête perdue n’a créé aucun ticket. PSA Bridge essaie de nouveau.
timeline-look_again = PSA Bridge n’a pas pu rechercher le ticket dans le PSA et le recherchera plus tard.
timeline-try_again = Le PSA n’a pas créé le ticket cette fois-ci. PSA Bridge essaie de nouveau.
timeline-ended = L’événement se termine sans ticket.
timeline-retried = { $detail } a fait renvoyer l’événement.
timeline-rerouted = L’organisation a été associée entre-temps : l’événement est repris.

## Waiting

timeline-waits-behind = Événements de cette connexion qui passent avant : { $count }. Le prochain d’entre eux a eu lieu à { $time }.
timeline-waits-behind-many = Événements de cette connexion qui passent avant : plus de { $count }. Le prochain d’entre eux a eu lieu à { $time }.
