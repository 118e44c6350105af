SELECT (SELECT count(*) FROM parts) AS parts, (SELECT count(*) FROM assemblies) AS assemblies,
       (SELECT count(*) FROM assembly_components) AS components
