# Tableaux de bord, et ce qui attend une approbation.
home-title = Accueil
home-account = Votre compte
home-today = { $day }, semaine { $week }
home-boards = Tableaux de bord de vos rôles
home-all = Tout
home-report = Rapport
numbers-csv = Chiffres en CSV
board-production = Production
board-sales = Ventes
board-quality = Qualité
board-administration = Administration
board-assembly = Mon travail
board-service = Service à la clientèle
figure-on-time = Livraison à temps
figure-lead = Délai moyen
figure-first-pass = Réussite au premier contrôle
figure-builds-finished = Éviers finis cette semaine
figure-hours = Heures des tâches finies cette semaine
figure-entered = Commandes entrées cette semaine
figure-delivered = Commandes livrées cette semaine
figure-inspections = Contrôles cette semaine
figure-rejections = Rejets cette semaine
figure-sign-ins = Connexions cette semaine
figure-refusals = Refus cette semaine
figure-alerts = Alertes cette semaine
figure-own-tasks = Tâches finies cette semaine
figure-own-hours = Heures de mes tâches finies cette semaine
figure-service-made = Commandes de pièces cette semaine
figure-service-received = Reçues cette semaine
figure-last-week = { $value } la semaine passée
figure-weeks = { $count } dernières semaines
home-period = Période
home-weeks = { $count } semaines
figure-points-more = +{ $value } pt
figure-points-less = −{ $value } pt
figure-days-more = +{ $value } j
figure-days-less = −{ $value } j
unit-percent = { $value } %
unit-days = { $value } j
unit-hours = { $value } h
unit-minutes = { $value } min
unit-age = { $days } j
plot-target = cible { $value }
plot-about = De { $first } ({ $start }) à { $last } ({ $end }) ; au moins { $low } ({ $lowest }), au plus { $high } ({ $highest }).
plot-nothing = Rien n’a été compté dans ce temps.
orders-title = Commandes ouvertes par phase
orders-open = { $count ->
    [0] aucune ouverte
    [one] une commande
   *[other] { $count } commandes
}
orders-first = Aucune commande n’est ouverte. Un responsable des ventes crée la première.
phase-draft = Brouillon
phase-configuration = Configuration
phase-approval = Approbation
phase-production = Production
phase-quality-control = Contrôle qualité
phase-packaging = Emballage
phase-shipping = Expédition
gate-pre-production = Contrôle avant production
gate-production = Liste de production
gate-end-of-line = Essai de fin de ligne
gate-final = Contrôle final
gate-packing = Emballage
gate-packing-confirmation = Confirmation d’emballage
late-title = Commandes en retard
late-none = Aucune commande n’a dépassé sa date souhaitée.
late-all = Toutes les commandes en retard
late-count = { $count } après la date souhaitée
orders-late-head = Retard
capacity-title = Capacité par ressource
capacity-none = Aucune ressource n’est encore définie.
capacity-resource = Ressource
capacity-overloads = { $count ->
    [one] une surcharge
   *[other] { $count } surcharges
}
capacity-of = { $planned } / { $available } h
capacity-over = { $hours } h de trop
capacity-free = { $hours } h libres
week-of = Semaine { $week }
days-in-production = Jours en production, par évier
days-in-production-last = { $count ->
    [one] le dernier
   *[other] les { $count } derniers
}
days-in-production-none = Aucun évier n’a encore quitté la production.
limit-upper = LCS { $value }
limit-mean = moyenne { $value }
limit-lower = LCI { $value }
outsourced-out = Sous-traitance
outsourced-none = Aucune ligne n’est dehors.
days-more = +{ $count } j
unfinished-title = À finir avant l’approbation
unfinished-none = Aucun brouillon et aucune configuration n’est ouvert.
unfinished-missing = Il manque
messages-title = Messages de clients non lus
messages-none = Aucun client n’attend de réponse.
messages-unread = Non lu
inspections-title = En attente de contrôle
inspections-none = Aucun évier n’attend de contrôle.
inspections-build = Évier
inspections-state = État
inspection-begun = En cours
inspection-waits = Attend
builds-count = { $count ->
    [0] aucun évier
    [one] un évier
   *[other] { $count } éviers
}
findings-title = Constats ouverts
findings-none = Aucun constat n’est ouvert.
findings-number = Constat
findings-what = Ce qui a été trouvé
findings-severity = Gravité
reasons-title = Constats par cause
reasons-none = Aucune constatation dans les { $count } dernières semaines.
reasons-weeks = dans les { $count } dernières semaines
tasks-title = Ce que je peux faire
tasks-none = Aucune tâche n’est prête pour vous.
tasks-task = Tâche
tasks-planned = Prévu
tasks-running = En cours
tasks-ready = Prête, à vous
tasks-free = Prête, libre
tasks-waiting = Attend
tasks-count = { $count ->
    [0] aucune prête
    [one] une prête
   *[other] { $count } prêtes
}
blocked-title = Tâches bloquées
blocked-none = Aucune tâche n’est bloquée.
service-open-title = Commandes de pièces ouvertes
service-open-none = Aucune commande de pièces n’est ouverte.
service-number = Commande
shipments-open-title = Envois en cours
shipments-open-none = Aucun envoi n’est en cours.
health-title = Santé du système
health-none = La base de données n’a rien dit.
health-all = Tous les contrôles
health-all-well = Les { $count } contrôles sont bons.
alerts-open-title = Alertes ouvertes
alerts-open-none = Aucune alerte n’est ouverte.
systems-home-title = Systèmes reliés
systems-none = Aucun autre système n’est relié.
systems-code = Système
systems-name = Nom
systems-waiting = En attente
systems-given-up = Abandonnés
systems-last = Dernière réponse
systems-off = Arrêté
systems-gave-up = A abandonné
systems-fails = Échoue
systems-works = Fonctionne
accounts-title = Comptes
accounts-open = Peuvent se connecter
accounts-no-factor = Sans second facteur
accounts-dormant = Longtemps inutilisés
accounts-locked = Verrouillés
person-title = Vous
roles = Rôles
roles-none = aucun
nav-approvals = Approbations
approvals-title = Approbations qui m’attendent
approvals-count = { $count ->
    [0] aucune
    [one] une
   *[other] { $count } en tout
}
approvals-oldest = les { $shown } plus anciennes sur { $count }
approvals-none = Rien ne vous attend
approvals-none-text = Ce que d’autres soumettent à votre approbation ou signature se trouve ici.
approvals-sign = Signer
approvals-open = Ouvrir
approvals-look = Regarder
approvals-long = attend { $count } j
approvals-waits = Attend
approvals-waits-for = attend { $age }
approvals-today = depuis aujourd’hui
approvals-approved = Approuvé.
approvals-rejected = Renvoyé.
approvals-approve = Approuver
approvals-reject = Rejeter
approvals-send-back = Renvoyer
approvals-reject-note = Dites pourquoi : l’auteur le lira.
approvals-order = Approuver pour la production
approvals-orders = Commandes
approvals-bom = Approuver la nomenclature
approvals-boms = Nomenclatures
approvals-change = Décider d’un changement
approvals-changes = Changements
approvals-drawing = Approuver le dessin
approvals-drawings = Dessins
approvals-checklist = Approuver la liste de contrôle
approvals-checklists = Listes de contrôle
approvals-inspected = Libérer pour l’emballage
approvals-inspections = Contrôlées
approvals-packed = Confirmer l’emballage
approvals-packings = Emballées
approvals-finding = Vérifier une reprise
approvals-findings = Constats
approvals-document = Approuver le document
approvals-documents = Documents
approvals-service = Décider de pièces de service
approvals-services = Pièces de service
approvals-retention = Signer la destruction
approvals-retentions = Conservation
approvals-erasure = Signer l’effacement
approvals-erasures = Effacements
approvals-builds = { $detail ->
    [one] un évier
   *[other] { $detail } éviers
}
approvals-revision = révision { $detail }
approvals-version = version { $detail }
approvals-rows = { $detail ->
    [one] une ligne due
   *[other] { $detail } lignes dues
}
approvals-items = { $detail ->
    [one] un article
   *[other] { $detail } articles
}
approvals-said = { $detail }
nav-reports = Rapports
report-throughput = Débit
report-throughput-text = Commandes à leur entrée, éviers à leur sortie de production, commandes à leur livraison.
report-time-in-phase = Temps par phase
report-time-in-phase-text = Des commandes livrées dans la période : jours civils dans chaque phase. Au-delà de dix mille, une sur tant est regardée.
report-on-time-delivery = Livraison à temps
report-on-time-delivery-text = Par jour de livraison, selon la date que le client souhaitait. Le délai va de la commande à la livraison.
report-first-pass-yield = Réussite au premier contrôle
report-first-pass-yield-text = Éviers contrôlés pour la première fois, et combien ont passé d’emblée.
report-backlog-age = Âge du carnet
report-backlog-age-text = Commandes ouvertes à présent, par jours depuis leur entrée.
report-customer = Code du client
report-gate = Étape de contrôle
report-phase = Phase
report-all = Tout
report-range = Période
report-weeks = 12 semaines
report-half-year = Six mois
report-year = Un an
report-years = 3 ans
report-from = Du
report-to = Au
report-step = Par
report-by-day = Jour
report-by-week = Semaine
report-by-month = Mois
report-show = Afficher
report-none = Rien n’a été compté
report-none-text = Donnez une autre période ou ôtez le filtre.
col-step = Dès le
col-orders-entered = Commandes entrées
col-builds-finished = Éviers finis
col-orders-delivered = Commandes livrées
col-average-days = Moyenne
col-median-days = Médiane
col-slowest-tenth-days = Neuf sur dix en
col-average-days-on-hold = En attente, moyenne
col-orders = Commandes
col-delivered = Livrées
col-on-time = À temps
col-late = En retard
col-on-time-percent = À temps, pour cent
col-average-days-late = Jours de retard, moyenne
col-average-lead-days = Délai moyen
col-first-inspections = Premiers contrôles
col-passed-first-time = Passés d’emblée
col-first-pass-percent = Réussite au premier contrôle
col-rejections = Rejets
col-reinspections = Contrôlés encore
col-age-group = Âge
col-builds = Pour les éviers
col-on-hold = En attente
