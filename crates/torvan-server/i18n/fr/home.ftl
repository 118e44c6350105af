# La page d’accueil.
home-title = Accueil
home-greeting = Bienvenue, { $name }
home-account = Votre compte
orders-title = Commandes ouvertes par phase
orders-open = { $count ->
    [0] aucune ouverte
    [1] une commande
   *[other] { $count } commandes
}
orders-first = Il n’y a pas encore de commande. Un responsable des ventes crée la première.
phase-draft = Brouillon
phase-configuration = Configuration
phase-approval = Approbation
phase-production = Production
phase-quality-control = Contrôle qualité
phase-packaging = Emballage
phase-shipping = Expédition
work-title = Où se fait le travail
work-text = Les commandes ont leurs pages. Ce qui n’en a pas encore se fait de deux façons, avec les mêmes règles.
work-api = API
work-api-text = Chaque point d’accès avec ses valeurs, et qui peut l’utiliser.
work-command = Ligne de commande
work-command-text = Sur la machine qui exécute Torvan :
person-title = Vous
roles = Rôles
roles-none = aucun
system-title = Système
system-release = Version
system-sessions = Sessions ouvertes
system-alerts = Alertes ouvertes
