# What happened to an event on its way to a ticket, a line of its timeline each.
# One message a code of `Happened`. $detail is what the line knows besides: the ticket, or who did it.
# Where a line has a reason to tell, it is told by the words of that reason (reasons.ftl).

timeline-accepted = L’événement a été accepté pour cette connexion.
timeline-attempt_started = PSA Bridge envoie sa requête au PSA.
timeline-ticket_created = Le PSA a créé le ticket { $detail }.
timeline-ticket_found = Le ticket { $detail } a été retrouvé dans le PSA alors que la réponse avait été perdue. Aucun second ticket n’est créé.
timeline-note_added = Une note a été ajoutée au ticket { $detail }.
timeline-note_found = La note a été retrouvée sur le ticket { $detail } alors que la réponse du PSA avait été perdue. Aucune seconde note n’est ajoutée.
timeline-note_refused = Le PSA a refusé la note ; l’événement reçoit donc son propre ticket.
timeline-ticket_closed = Le ticket { $detail } a été fermé, car le problème est résolu.
timeline-ticket_left_open = Le ticket reste ouvert : quelqu’un y travaille, ou le PSA n’a pas laissé PSA Bridge le fermer.
timeline-ticket_reopened = Le ticket { $detail } a été rouvert, car le problème est revenu.
timeline-reopen_refused = Le PSA n’a pas laissé PSA Bridge rouvrir le ticket ; l’événement reçoit donc son propre ticket.
timeline-rolled_up = Il a été énuméré sur le ticket { $detail }, qui tient lieu de nombreux problèmes à la fois.
timeline-outcome_unknown = La réponse du PSA a été perdue. PSA Bridge attend le moment où un ticket ou une note serait visible, puis le recherche, afin qu’il n’y en ait jamais un second.
timeline-not_found = La requête perdue n’a rien laissé dans le PSA. PSA Bridge essaie de nouveau.
timeline-look_again = PSA Bridge n’a pas pu consulter le PSA et le fera plus tard.
timeline-try_again = Le PSA n’a pas fait ce qui était demandé cette fois-ci. PSA Bridge essaie de nouveau.
timeline-ended = L’événement se termine sans ticket.
timeline-retried = { $detail } a fait renvoyer l’événement.
timeline-rerouted = L’organisation a été associée entre-temps : l’événement est repris.

## Waiting

timeline-waits-behind = Événements de cette connexion qui passent avant : { $count }. Le prochain d’entre eux a eu lieu à { $time }.
timeline-waits-behind-many = Événements de cette connexion qui passent avant : plus de { $count }. Le prochain d’entre eux a eu lieu à { $time }.
