# What is left to do before a connection can be confirmed, one message a code.

setup-settings_missing = Choisissez l’aspect des tickets et enregistrez les paramètres des tickets.
setup-emergency_contact_missing = Indiquez un contact d’urgence : l’adresse e-mail à laquelle on écrit quand la connexion ne fonctionne plus.
setup-test_ticket_missing = Envoyez un ticket de test et attendez qu’il ait été retrouvé dans le PSA. Après une modification des identifiants ou des paramètres des tickets, il en faut un nouveau.
setup-connection_suspended = La connexion est suspendue. Vérifiez-la et corrigez ce que la vérification indique, ou saisissez des identifiants valides.
