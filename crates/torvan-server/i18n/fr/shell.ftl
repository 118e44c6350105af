# Le cadre de chaque page.
skip = Aller au contenu
title-with-error = Erreur : { $title }
tagline = Éviers de retraitement, de la commande à la livraison
languages = Langues
nav-label = Principale
nav-home = Accueil
nav-account = Votre compte
nav-api = API
sign-out = Se déconnecter
reveal-show = Afficher
reveal-hide = Masquer
continue = Continuer
cancel = Annuler
print = Imprimer
copy = Copier
copied = Copié
never = jamais
language = Langue
language-text = Les pages s’affichent dans la langue qu’un administrateur a choisie pour vous. Ici, vous pouvez en lire une dans une autre langue.
role-administrator = Administrateur
role-sales-manager = Responsable des ventes
role-production-manager = Responsable de production
role-qc-inspector = Contrôleur qualité
role-assembly-technician = Technicien d’assemblage
role-customer-service = Service client
summary-form = À revoir
nav-inbox = Boîte de réception
nav-make = Fabriquer
nav-define = Définir
menu-own = Votre menu
theme = Thème
theme-auto = Comme l’appareil
theme-light = Clair
theme-dark = Sombre
close = Fermer
bell = { $count ->
    [0] Notifications
    [1] Notifications, une non lue
   *[other] Notifications, { $count } non lues
}
notifications-title = Boîte de réception
notifications-unread = Non lues
notifications-all = Toutes
notifications-what = Quoi
notifications-when = Quand
notifications-act = Agir
notifications-read = Marquer comme lue
notifications-read-all = Tout marquer comme lu
notifications-none = Pas encore de notification
notifications-none-unread = Rien de non lu
notifications-none-text = Un mot arrive ici quand une de vos commandes avance, vous attend ou est bloquée.
notifications-see-all = Voir ce que vous avez lu
rows-shown = { $count ->
    [0] Aucune ligne
    [1] Une ligne, la plus récente d’abord
   *[other] { $count } lignes, la plus récente d’abord
}
rows-page = { $count } par page
pager-newer = Plus récentes
pager-older = Plus anciennes
phase-delivered = Livrée
ago-now = à l’instant
ago-minutes = il y a { $count } min
ago-hours = il y a { $count } h
days-short = { $count } j
month-jan = janv.
month-feb = févr.
month-mar = mars
month-apr = avr.
month-may = mai
month-jun = juin
month-jul = juil.
month-aug = août
month-sep = sept.
month-oct = oct.
month-nov = nov.
month-dec = déc.
month-full-jan = janvier
month-full-feb = février
month-full-mar = mars
month-full-apr = avril
month-full-may = mai
month-full-jun = juin
month-full-jul = juillet
month-full-aug = août
month-full-sep = septembre
month-full-oct = octobre
month-full-nov = novembre
month-full-dec = décembre
