# The event catalogue: one message an event type, its dots written as hyphens.
# The value is the title; the attributes say what failed, why, and what to do, step by step.
# Product names stay as they are; screens are named as their makers show them in French.

## Steps that several types share

-check-status = Vérifiez si le fournisseur signale un incident : pour Microsoft 365, sur la page d’état des services (Service health) du Centre d’administration Microsoft 365 ; pour Google Workspace, sur www.google.com/appsstatus.
-next-run = En cas d’incident, ou si une seule exécution a échoué, attendez la prochaine exécution ou lancez-la manuellement ; si elle réussit, il n’y a rien d’autre à faire.
-check-upn = Comparez le nom d’utilisateur principal (UPN) du service de sauvegarde avec celui du Centre d’administration Microsoft Entra (Utilisateurs > Tous les utilisateurs > l’utilisateur > Propriétés). Après un changement de nom ou de domaine, actualisez la liste des utilisateurs dans le service de sauvegarde.
-check-account = Vérifiez que le compte existe et qu’il est activé, que sa connexion n’est pas bloquée (Centre d’administration Microsoft 365 > Utilisateurs > Utilisateurs actifs) et que sa licence couvre toujours le service.
-check-sign-in = Recherchez la tentative échouée dans les journaux de connexion (Sign-in logs) du Centre d’administration Microsoft Entra. Le code indique la cause : AADSTS50034 (utilisateur introuvable), AADSTS50126 (nom d’utilisateur ou mot de passe incorrect), AADSTS50057 (compte désactivé), AADSTS65001 (consentement manquant).
-authorise-again = Si le mot de passe a été modifié ou un consentement retiré, autorisez de nouveau le compte ou l’application dans le service de sauvegarde, puis lancez la sauvegarde manuellement.
-owner-gone = Si l’utilisateur est parti définitivement, retirez-le de la sélection à sauvegarder afin que l’erreur ne se reproduise pas. Vérifiez d’abord quelle durée de conservation s’applique aux sauvegardes existantes.
-support = Si l’erreur persiste plus d’une journée sans qu’un incident soit signalé, transmettez l’identifiant de l’événement au support du service de sauvegarde.

## Mail and files

backup-email-failed = Échec de la sauvegarde des e-mails
    .what = La sauvegarde de la boîte aux lettres n’a pas abouti. Les messages nouveaux ou modifiés ne sont pas protégés tant qu’une sauvegarde n’a pas réussi.
    .why = La sauvegarde des e-mails a rencontré l’une de ces quatre erreurs : échec de la connexion au serveur, authentification refusée, défaillance de l’infrastructure ou erreur du programme lui-même.
    .advice-1 = Lisez le journal de la tâche de sauvegarde et, si la source en fournit, les détails du ticket : ils indiquent de laquelle des quatre erreurs il s’agit.
    .advice-2 = Connexion au serveur ou infrastructure : vérifiez si un incident touche Exchange Online (page d’état des services du Centre d’administration Microsoft 365) ou Gmail (www.google.com/appsstatus), puis relancez la sauvegarde ou attendez la prochaine exécution.
    .advice-3 = Authentification : vérifiez que le compte n’est ni bloqué, ni renommé, ni supprimé, qu’il dispose toujours d’une licence avec boîte aux lettres et que le consentement de l’application de sauvegarde est toujours en place (Centre d’administration Microsoft Entra > Applications d’entreprise > l’application > Autorisations).
    .advice-4 = Erreur du programme, ou aucune cause visible après la prochaine exécution : transmettez l’identifiant de l’événement au support du service de sauvegarde.

backup-onedrive-unreachable = Échec de la sauvegarde OneDrive : serveur injoignable
    .what = La sauvegarde n’a pas pu accéder au OneDrive de l’utilisateur, ou à l’un de ses fichiers.
    .why = Microsoft Graph a répondu 404 (fichier introuvable), 429 (trop de requêtes, limitation) ou 503 (service indisponible), ou bien la connexion a été réinitialisée ou a expiré. Tout cela peut disparaître de soi-même, sauf une erreur 404 qui persiste : le fichier, ou le OneDrive entier, n’existe alors plus.
    .advice-1 = 429, 503, réinitialisation ou expiration : vérifiez OneDrive sur la page d’état des services (Service health) du Centre d’administration Microsoft 365 et attendez la prochaine exécution.
    .advice-2 = 404 : vérifiez que l’utilisateur dispose toujours d’une licence avec OneDrive (Centre d’administration Microsoft 365 > Utilisateurs > Utilisateurs actifs > l’utilisateur > Licences et applications) et qu’il a ouvert OneDrive au moins une fois ; avant cela, son OneDrive n’existe pas.
    .advice-3 = 429 à chaque exécution : déplacez la sauvegarde vers des heures plus calmes et évitez que des migrations ou d’autres outils de sauvegarde travaillent en même temps sur le même locataire.
    .advice-4 = { -support }

backup-onedrive-auth_failed = Échec de la sauvegarde OneDrive : authentification
    .what = Microsoft Graph a refusé à la sauvegarde l’accès au OneDrive de l’utilisateur, ou à l’un de ses fichiers.
    .why = Microsoft Graph a répondu 400 (paramètres manquants), 401 (le compte n’a pas l’autorisation) ou 403 (aucun accès au fichier ou à l’étendue).
    .advice-1 = 401 ou 403 pour de nombreux utilisateurs : dans le Centre d’administration Microsoft Entra, ouvrez Applications d’entreprise > l’application de sauvegarde > Autorisations, comparez les autorisations avec celles que demande le service de sauvegarde, puis accordez-y le consentement administrateur.
    .advice-2 = 401 ou 403 pour un seul utilisateur : vérifiez que le compte est activé, que sa licence comprend OneDrive et que son OneDrive n’est pas verrouillé (Get-SPOSite dans SharePoint Online PowerShell : LockState doit valoir Unlock).
    .advice-3 = Recherchez dans les journaux de connexion (Sign-in logs), parmi les connexions des principaux de service, les refus opposés à l’application de sauvegarde ; une stratégie d’accès conditionnel peut la bloquer.
    .advice-4 = Une erreur 400 qui se répète vient de la requête et non du locataire : transmettez l’identifiant de l’événement au support du service de sauvegarde.

## Authorisation of the backup service

auth-main_app_token-failed = Le jeton de l’application principale n’a pas pu être autorisé
    .what = Aucun jeton n’a été émis pour l’application principale du service de sauvegarde, autorisée par un administrateur général. Tant que ce n’est pas résolu, les sauvegardes de tous les utilisateurs de l’organisation peuvent échouer.
    .why = La configuration de l’application a été supprimée, ou son autorisation a été révoquée.
    .advice-1 = Dans le Centre d’administration Microsoft Entra, ouvrez Applications d’entreprise > Toutes les applications et recherchez l’application. Si elle s’y trouve, vérifiez dans ses propriétés que la connexion des utilisateurs est activée et, sous Autorisations, que tous les consentements figurent.
    .advice-2 = Pour savoir qui l’a modifiée et quand, recherchez dans les journaux d’audit (Audit logs) « Remove service principal », « Delete application », « Remove OAuth2PermissionGrant » et « Remove app role assignment from service principal ».
    .advice-3 = Connectez-vous au service de sauvegarde en tant qu’administrateur général et autorisez de nouveau l’application principale. Une inscription d’application qui vous appartient et qui a été supprimée peut être restaurée pendant 30 jours sous Inscriptions d’applications > Applications supprimées.
    .advice-4 = Lancez une sauvegarde manuellement. Dès qu’un jeton est de nouveau émis, le rétablissement est signalé.

auth-main_app_token-resolved = Erreur du jeton de l’application principale résolue
    .what = Un jeton a de nouveau été émis pour l’application principale du service de sauvegarde (administrateur général). L’erreur d’autorisation précédente est terminée.
    .why = L’application et son autorisation sont de nouveau en ordre ; cet événement est le rétablissement de « Le jeton de l’application principale n’a pas pu être autorisé ».
    .advice-1 = Vérifiez dans le service de sauvegarde que la prochaine sauvegarde réussit pour tous les utilisateurs de l’organisation, et lancez-la manuellement si l’interruption a été longue.
    .advice-2 = Si vous ne savez pas qui a de nouveau autorisé l’application, consultez les journaux d’audit (Audit logs) du Centre d’administration Microsoft Entra.
    .advice-3 = Clôturez le ticket de l’erreur précédente s’il est encore ouvert.

auth-device_token-failed = Le jeton d’appareil n’a pas pu être autorisé
    .what = Le jeton d’appareil a été refusé : la connexion s’est arrêtée à sa première étape.
    .why = Le jeton d’appareil est la première étape de toute connexion OAuth. Il est non valide, expiré, révoqué ou mal formé.
    .advice-1 = Recommencez la connexion depuis le début dans le service de sauvegarde et terminez-la sans interruption : un code d’appareil de Microsoft, par exemple, n’est valable que 15 minutes.
    .advice-2 = Recherchez la tentative échouée dans les journaux de connexion (Sign-in logs) du Centre d’administration Microsoft Entra, puis son code AADSTS sur login.microsoftonline.com/error.
    .advice-3 = Vérifiez si une stratégie d’accès conditionnel bloque le flux de code d’appareil (condition « Flux d’authentification »). N’en excluez le compte qui se connecte pour la sauvegarde que si vos règles de sécurité le permettent.
    .advice-4 = Si le mot de passe a été réinitialisé ou les sessions révoquées, reconnectez-vous avec les identifiants actuels ; un jeton antérieur n’est plus accepté.

auth-delegated_token-failed = Le jeton délégué n’a pas pu être autorisé
    .what = Le service de sauvegarde n’a pas obtenu le jeton avec lequel il agit au nom de l’utilisateur.
    .why = L’utilisateur n’a pas consenti, ou n’a pas pu consentir, à une autorisation demandée.
    .advice-1 = Demandez à l’utilisateur de se reconnecter dans le service de sauvegarde et d’accepter toutes les autorisations sur l’écran de consentement.
    .advice-2 = Si l’écran exige l’approbation d’un administrateur, approuvez la demande dans le Centre d’administration Microsoft Entra sous Applications d’entreprise > Demandes de consentement administrateur, ou accordez le consentement pour tous sous Applications d’entreprise > l’application > Autorisations.
    .advice-3 = Vérifiez sous Applications d’entreprise > Consentement et autorisations, dans les paramètres de consentement de l’utilisateur, si les utilisateurs peuvent consentir à cette application.
    .advice-4 = Les journaux de connexion distinguent les cas : AADSTS65001 (consentement manquant), AADSTS65004 (refusé par l’utilisateur), AADSTS90094 (consentement d’un administrateur requis).

## Tasks

backup-tasks-unreachable = Échec de la sauvegarde des tâches : serveur injoignable
    .what = Les tâches de l’utilisateur n’ont pas été sauvegardées.
    .why = Le serveur était injoignable ; les tâches de l’utilisateur n’ont donc pas pu être récupérées.
    .advice-1 = { -check-status }
    .advice-2 = { -next-run }
    .advice-3 = Si un seul utilisateur est touché : vérifiez que le compte est activé et que sa licence comprend les tâches (Microsoft 365 : une boîte aux lettres Exchange Online ; Google Workspace : Applications > Google Workspace > Tasks est activé pour l’unité organisationnelle de l’utilisateur).
    .advice-4 = { -support }

backup-tasks-throttled = Échec de la sauvegarde des tâches : API Google Workspace, quota quotidien
    .what = La sauvegarde des tâches s’est interrompue, car Google ne répond plus aujourd’hui aux requêtes de l’application.
    .why = Le quota quotidien de l’application pour l’API Google Tasks est épuisé. Ce quota est celui du projet Google Cloud de l’application, partagé par tous les utilisateurs dont elle lit les tâches ; la valeur standard de Google est de 50 000 requêtes par jour.
    .advice-1 = Attendez la prochaine exécution après minuit, heure du Pacifique : Google renouvelle alors le quota quotidien.
    .advice-2 = Si l’application fonctionne dans un projet Google Cloud qui vous appartient : dans la console Google Cloud, ouvrez API et services > API Google Tasks > Quotas et limites du système, vérifiez l’utilisation et demandez un quota plus élevé.
    .advice-3 = Si l’application appartient au service de sauvegarde : signalez à son support, avec l’identifiant de l’événement, que le quota ne suffit pas.
    .advice-4 = D’ici là, sauvegardez les tâches moins souvent, ou seulement celles des utilisateurs qui en ont besoin.

backup-tasks-auth_failed = Échec de la sauvegarde des tâches : authentification
    .what = La sauvegarde n’a pas pu se connecter pour récupérer les tâches de l’utilisateur.
    .why = Le nom d’utilisateur principal (UPN) n’est pas valide, les identifiants sont incorrects ou l’autorisation de connexion a été révoquée.
    .advice-1 = { -check-upn }
    .advice-2 = { -check-account }
    .advice-3 = { -check-sign-in }
    .advice-4 = { -authorise-again }

## Contacts

backup-contacts-unreachable = Échec de la sauvegarde des contacts : serveur injoignable
    .what = Les contacts de l’utilisateur n’ont pas été sauvegardés.
    .why = Le serveur était injoignable ; les contacts de l’utilisateur n’ont donc pas pu être récupérés.
    .advice-1 = { -check-status }
    .advice-2 = { -next-run }
    .advice-3 = Si un seul utilisateur est touché : vérifiez que le compte est activé et que sa licence comprend les contacts (Microsoft 365 : une boîte aux lettres Exchange Online ; Google Workspace : le service Contacts est activé pour l’unité organisationnelle de l’utilisateur).
    .advice-4 = { -support }

backup-contacts-auth_failed = Échec de la sauvegarde des contacts : authentification
    .what = La sauvegarde n’a pas pu se connecter pour récupérer les contacts de l’utilisateur.
    .why = Le nom d’utilisateur principal (UPN) n’est pas valide, les identifiants sont incorrects ou l’autorisation de connexion a été révoquée.
    .advice-1 = { -check-upn }
    .advice-2 = { -check-account }
    .advice-3 = { -check-sign-in }
    .advice-4 = { -authorise-again }

backup-contacts-api_failed = Échec de la sauvegarde des contacts : API Google Workspace
    .what = Google Workspace n’a pas fourni les contacts de cette adresse.
    .why = Le titulaire de l’adresse est inactif, ou le service Contacts est désactivé dans la console d’administration.
    .advice-1 = Dans la console d’administration Google, ouvrez Annuaire > Utilisateurs et vérifiez que le titulaire de l’adresse est actif : ni suspendu, ni archivé, ni supprimé. Un utilisateur supprimé peut être restauré pendant 20 jours.
    .advice-2 = Sous Applications > Google Workspace, vérifiez que le service Contacts est activé pour l’unité organisationnelle ou le groupe de l’utilisateur. Une modification peut prendre jusqu’à 24 heures.
    .advice-3 = Vérifiez sur la page de l’utilisateur, sous Licences, qu’une licence Google Workspace est attribuée.
    .advice-4 = { -owner-gone }

## Calendars

backup-calendar-unreachable = Échec de la sauvegarde de l’agenda : serveur injoignable
    .what = Les agendas de l’utilisateur n’ont pas été sauvegardés.
    .why = Le serveur était injoignable ; les agendas de l’utilisateur n’ont donc pas pu être récupérés.
    .advice-1 = { -check-status }
    .advice-2 = { -next-run }
    .advice-3 = Si un seul utilisateur est touché : vérifiez que le compte est activé et que sa licence comprend les agendas (Microsoft 365 : une boîte aux lettres Exchange Online ; Google Workspace : Applications > Google Workspace > Agenda est activé pour l’unité organisationnelle de l’utilisateur).
    .advice-4 = { -support }

backup-calendar-auth_failed = Échec de la sauvegarde de l’agenda : authentification
    .what = La sauvegarde n’a pas pu se connecter pour récupérer les agendas de l’utilisateur.
    .why = Le nom d’utilisateur principal (UPN) n’est pas valide, les identifiants sont incorrects ou l’autorisation de connexion a été révoquée.
    .advice-1 = { -check-upn }
    .advice-2 = { -check-account }
    .advice-3 = { -check-sign-in }
    .advice-4 = { -authorise-again }

backup-calendar-api_failed = Échec de la sauvegarde de l’agenda : API Google Workspace
    .what = Google Workspace n’a pas fourni l’agenda.
    .why = Le propriétaire de l’agenda est inactif, ou le service Agenda est désactivé dans la console d’administration.
    .advice-1 = Dans la console d’administration Google, ouvrez Annuaire > Utilisateurs et vérifiez que le propriétaire de l’agenda est actif : ni suspendu, ni archivé, ni supprimé. Un utilisateur supprimé peut être restauré pendant 20 jours.
    .advice-2 = Sous Applications > Google Workspace > Agenda > État du service, vérifiez que le service est activé pour l’unité organisationnelle ou le groupe de l’utilisateur. Une modification peut prendre jusqu’à 24 heures.
    .advice-3 = Vérifiez sur la page de l’utilisateur, sous Licences, qu’une licence Google Workspace avec Agenda est attribuée.
    .advice-4 = { -owner-gone }

## Archiving

archive-auth_failed = Échec de l’archivage : authentification
    .what = La tâche d’archivage n’a pas pu se connecter à la source. Tant qu’elle n’y parvient pas, rien de nouveau n’est archivé, et ce qui est supprimé entre-temps à la source peut manquer dans l’archive.
    .why = Le fournisseur a refusé le compte ou l’application avec lesquels la tâche d’archivage se connecte. Les causes habituelles sont un mot de passe modifié, un compte renommé, bloqué ou supprimé, une authentification multifacteur ou un accès conditionnel nouvellement exigés, un secret client ou un certificat expirés, ou un consentement retiré.
    .advice-1 = Dans le service de sauvegarde, identifiez le compte ou l’application qu’utilise la tâche d’archivage et vérifiez si d’autres tâches employant la même connexion échouent aussi.
    .advice-2 = Microsoft 365 : recherchez la tentative refusée dans les journaux de connexion (Sign-in logs) du Centre d’administration Microsoft Entra, y compris parmi les connexions non interactives et celles des principaux de service. AADSTS50126 signifie identifiants incorrects, AADSTS50076 authentification multifacteur requise, AADSTS53003 blocage par l’accès conditionnel, AADSTS7000222 secret client expiré.
    .advice-3 = Google Workspace : dans la console d’administration Google, sous Sécurité > Contrôle des accès et des données > Commandes des API, vérifiez que l’application est approuvée et que sa délégation au niveau du domaine comprend toujours tous les champs d’application.
    .advice-4 = Éliminez la cause, autorisez de nouveau la tâche, lancez-la manuellement et vérifiez que l’archive ne présente aucune lacune. Si l’archive est imposée par la loi, traitez ce cas en priorité.
