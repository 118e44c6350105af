# Matériel des éviers : la liste de prélèvement.
pick-list-title = Liste de prélèvement
pick-list-of = Liste de prélèvement { $build }
pick-closed = Aucun matériel ne va à cet évier pour l’instant
pick-closed-text = Le matériel va aux éviers de la production à l’emballage, tant qu’ils ne sont ni en attente ni annulés.
pick-lines = Lignes à prélever
pick-reserved = Articles réservés
pick-issued = Articles sortis en entier
pick-short = Articles manquants
pick-of = { $count } sur { $all }
pick-progress = Sorti : { $issued } · réservé : { $reserved } · demandé : { $required }
pick-take = À prélever
pick-none = Rien à prélever
pick-none-reserved = Rien n’est réservé pour cet évier. « Réserver » prend ce que demande sa nomenclature, dans la mesure où c’est là.
pick-none-there = Ce qui manque encore figure plus bas ; dès sa réception, c’est réservé et cela figure ici.
pick-none-left = Tout ce qui était réservé est sorti.
pick-reserve = Réserver
pick-release = Libérer
pick-issue = Sortir
pick-issue-all = Tout sortir
pick-issue-other = Sortir d’ailleurs
pick-quantity-of = Quantité de { $code } à sortir
pick-issue-of = Sortir { $code }
pick-just-issued = Sorti à l’instant : { $quantity }
pick-lacks = Manquants
pick-short-by = manque { $quantity }
pick-shortages = Manques de cet évier
pick-receive-of = Réceptionner { $code }
pick-material = Matériel
pick-shortages-of = Manques de { $build }
pick-held = Sorti pour l’évier
pick-from = de { $place }
pick-return-short = Retourner
pick-return-of = Retourner { $code }
pick-order = Commande
pick-customer = Client
pick-phase = Phase
pick-done-reserved = Tout ce qu’il faut à l’évier est réservé ou sorti
pick-done-reserved-short = { $count ->
    [one] Ce qui est là est réservé ; il manque un article
   *[other] Ce qui est là est réservé ; il manque { $count } articles
}
pick-done-released = Ce qui était réservé est rendu
pick-done-all = { $count ->
    [0] Il n’y avait rien à sortir
    [one] Une ligne est sortie
   *[other] { $count } lignes sont sorties
}
pick-done-line = Sorti
stock-issue = Sortir pour l’évier
stock-return = Retourner de l’évier
about-stock-issue = D’un autre emplacement ou d’un autre lot que ceux de la liste. Ce qui est promis à d’autres éviers leur reste.
about-stock-return = L’emplacement est celui où cela se trouve désormais ; le lot est celui qui est sorti.
