# Nomenclatures : l'une d'elles, le pourquoi de ses lignes, ce qui a changé, son approbation ; et la structure du catalogue.
nav-boms = Nomenclatures
boms-title = Nomenclatures
bom-title = Nomenclature
bom-of = { $build }, nomenclature
bom-named = { $build }, nomenclature révision { $revision }
bom-views = Façons de la voir
bom-tree = Arbre
bom-totals = Totaux
bom-compare = Comparer
bom-compare-go = Comparer
bom-against = À
bom-builds = Fabrications de la commande
bom-search = Code ou nom
bom-all-lines = Toutes les lignes
bom-open = Ouvrir la nomenclature
bom-beside = À son sujet
bom-unit-cost = Coût unitaire
bom-cost = Coût total
bom-cost-parts = Pièces
bom-cost-assemblies = Ensembles, coût propre
bom-cost-scrap = Rebuts
bom-rule = Règle
bom-line-unknown = Absent du catalogue
bom-line-by-hand = À la main
bom-none-found = Aucune ligne ne correspond
bom-none-found-text = Cherchez une partie du code ou du nom.
bom-count-lines = { $count ->
    [one] { $count } ligne
   *[other] { $count } lignes
}
bom-count-parts = { $count ->
    [one] { $count } pièce
   *[other] { $count } pièces différentes
}
bom-count-changed = { $count ->
    [one] { $count } ligne
   *[other] { $count } lignes
}
bom-revision = Révision { $revision }
bom-revision-draft = Révision { $revision } brouillon
bom-revision-submitted = Révision { $revision } à approuver
bom-revision-approved = Révision { $revision } approuvée
bom-revision-released = Révision { $revision } libérée
bom-revision-rejected = Révision { $revision } refusée
bom-revision-superseded = Révision { $revision } remplacée
bom-state-draft = Brouillon
bom-state-submitted = À approuver
bom-state-approved = Approuvée
bom-state-released = Libérée
bom-state-rejected = Refusée
bom-state-superseded = Remplacée
bom-revisions = Révisions
bom-approval = Approbation
bom-made-by = Faite par
bom-submitted-by = Soumise par
bom-approved-by = Approuvée par
bom-rejected-by = Refusée par
bom-decision-note = Note
bom-released-by = Libérée par
bom-configuration = Configuration
bom-open-configuration = Ouvrir la configuration
bom-version = Version { $version }
bom-rule-set = Jeu de règles
bom-hash = SHA-256 du contenu
bom-unknown-codes = { $count ->
    [one] { $count } code est absent du catalogue.
   *[other] { $count } codes sont absents du catalogue.
}
bom-without-cost = { $count ->
    [one] { $count } pièce n'a pas encore de coût ; la somme l'omet.
   *[other] { $count } pièces n'ont pas encore de coût ; la somme les omet.
}
bom-by-hand = Des lignes ont été ajoutées à la main par { $who }.
bom-not-present = La fabrication a maintenant une autre nomenclature.
bom-no-findings = Rien à corriger
bom-order-rests = La commande est suspendue ; rien n'est décidé avant sa reprise.
bom-needs-codes = Elle ne peut être soumise avant que chaque code soit au catalogue.
bom-may-submit = Elle peut être soumise. Une autre personne l'approuve ensuite.
bom-needs-submission = Un responsable des ventes la soumet.
bom-needs-other = Vous l'avez faite, soumise ou modifiée : une seconde personne doit l'approuver.
bom-may-approve = Vous ne l'avez ni faite ni soumise : vous pouvez l'approuver.
bom-needs-approval = Elle attend un responsable de production ou un administrateur qui ne l'a ni faite ni soumise.
bom-needs-revision = Elle a été refusée : modifiez la configuration et faites la révision suivante.
bom-waits-release = Elle est libérée quand la commande passe en production.
signed-title = Signé
signed-for = { $who } pour { $for }
signature-superseded = Ce que { $who } a signé a été modifié depuis.
signature-forged = La signature de { $who } n'est pas valable.
bom-submit = Soumettre à l'approbation
bom-submit-title = Soumettre à l'approbation
bom-submit-means = Elle attend ensuite une seconde personne, qui l'approuve ou la refuse. Un changement de configuration fait une nouvelle révision.
bom-approve = Approuver
bom-approve-title = Signer : approuver la nomenclature
bom-approve-means = Une nomenclature approuvée ne change plus ; les révisions approuvées avant sont remplacées.
bom-reject = Refuser
bom-reject-title = Signer : refuser la nomenclature
bom-reject-means = Il lui faut alors une autre révision. Votre motif est montré à qui la fait.
bom-duties = Soumise par { $who }. Vous ne l'avez ni faite ni soumise.
bom-not-open = Cette nomenclature n’attend pas cela : elle est dans un autre état, a été remplacée, ou sa commande est suspendue ou annulée.
bom-note = Note (facultative)
bom-done-submitted = Soumise à l'approbation.
bom-done-approved = Approuvée et signée.
bom-done-rejected = Refusée, avec votre motif.
bom-changed = Ce qui a changé
bom-change = Changement
bom-in = Dans
bom-difference = Différence
bom-inside = { $count ->
    [one] avec 1 composant
   *[other] avec { $count } composants
}
bom-same = Les deux sont identiques
bom-same-text = Chaque ligne a la même quantité dans les deux révisions.
bom-changes-more = { $count ->
    [one] { $count } autre changement n'est pas montré.
   *[other] { $count } autres changements ne sont pas montrés.
}
change-added = Ajoutée
change-changed = Modifiée
change-removed = Retirée
tree-item = Article
tree-sum = Dans le parent
tree-quantity = Quantité
tree-unit = Unité
tree-open = Ouvrir { $code }
tree-close = Fermer { $code }
tree-more = { $count ->
    [one] { $count } autre composant
   *[other] { $count } autres composants
}
why-title = Pourquoi cette ligne ?
why-quantity = { $quantity } { $unit } dans cet évier
why-condition = Condition
why-value = Valeur
why-met = remplie
why-uses = Utilisé ici dans
why-use = { $per } chacun, { $all } en tout
why-top = L'évier même
why-made-of = Composé de
why-all-components = { $count ->
    [0] Au catalogue
   *[other] Les { $count } composants et cas d'emploi
}
why-catalogue = Cas d'emploi au catalogue
why-rules = Ouvrir les règles
why-through = Elle est dans { $code } : { $title }
why-by-hand = Ajoutée à la main par { $who } : { $why }
why-place = Place
why-rule-quantity = Quantité
why-more-rules = { $count ->
    [one] { $count } autre règle l'amène.
   *[other] { $count } autres règles l'amènent.
}
condition-or = ou
condition-given = { $what } est donné
condition-not-given = { $what } n'est pas donné
structure-title = Structure
structure-way = Composants, cas d'emploi
structure-of = { $code }, structure
structure-none = Il n'a pas de composants
structure-none-text = Aucune révision en vigueur n'en nomme.
structure-scrap = Rebut
structure-revision = Révision
structure-optional = Facultatif
structure-weight = avec tous les composants
structure-hours = de travail
structure-lead-time = de délai
where-used-title = Cas d'emploi
where-used-of = { $name }, cas d'emploi
where-used-none = Rien ne l'utilise
where-used-none-text = Il n'entre dans aucun assemblage en vigueur.
where-used-top = Sommet de sa structure
where-used-level = Niveau { $level }
where-used-level-head = Niveau
where-used-per = Dans un
where-used-total = En tout
where-used-more = { $count ->
    [one] { $count } autre assemblage l'utilise.
   *[other] { $count } autres assemblages l'utilisent.
}
