//! A catalogue at scale, so that plans face what a plant has after years.

use sqlx::{Connection as _, PgConnection};

use super::product::{Child, Product};
use crate::BenchError;
use crate::error::During as _;

/// How large the synthetic catalogue is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueScale {
    /// Parts.
    pub parts: usize,
    /// Assemblies per layer of the largest product, below its top.
    pub large_layers: Vec<usize>,
    /// Components of the largest product.
    pub large_lines: usize,
    /// Assemblies per layer of the middle product.
    pub middle_layers: Vec<usize>,
    /// Components of the middle product.
    pub middle_lines: usize,
    /// Other products, which are never asked for.
    pub others: usize,
}

impl CatalogueScale {
    /// 50,000 parts, 20,000 assemblies, 150,000 components.
    #[must_use]
    pub fn full() -> Self {
        Self {
            parts: 50_000,
            large_layers: vec![20, 100, 500, 1500, 3000, 3800, 3580],
            large_lines: 100_000,
            middle_layers: vec![4, 12, 30, 50, 54],
            middle_lines: 1000,
            others: 9,
        }
    }

    /// The same shapes, small enough for a test.
    #[must_use]
    pub fn tiny() -> Self {
        Self {
            parts: 300,
            large_layers: vec![3, 5, 8, 10, 10, 8, 6],
            large_lines: 400,
            middle_layers: vec![2, 3, 4, 4, 3],
            middle_lines: 80,
            others: 1,
        }
    }

    fn other_product(&self, number: usize) -> Product {
        let layers: Vec<usize> = self.middle_layers.iter().map(|size| size * 16 / 3).collect();
        Product::layered(&format!("OTHER-{number}"), &layers, self.middle_lines * 11 / 2, self.parts)
    }
}

/// A product that is measured, with the code by which it is ordered.
#[derive(Debug)]
pub(super) struct Stored {
    pub product: Product,
    pub assembly_id: i64,
    pub code: String,
}

/// What was loaded.
#[derive(Debug)]
pub(super) struct Catalogue {
    pub large: Stored,
    pub middle: Stored,
    pub shared: Stored,
    pub ladder_25: Stored,
    pub ladder_40: Stored,
    pub counts: Counts,
}

/// Size of the whole catalogue, sample data included.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Counts {
    pub parts: i64,
    pub assemblies: i64,
    pub components: i64,
}

/// Loads everything, set by set, through the same tables and triggers as any other catalogue.
pub(super) async fn load(
    connection: &mut PgConnection,
    scale: &CatalogueScale,
) -> Result<Catalogue, BenchError> {
    let mut transaction = connection.begin().await.during("loading the catalogue")?;
    let subcategory: Option<i64> = sqlx::query_scalar(include_str!("../../sql/catalogue/subcategory.sql"))
        .fetch_optional(&mut *transaction)
        .await
        .during("making a subcategory")?;
    let subcategory = subcategory
        .ok_or_else(|| BenchError::Missing { what: "category 720 is not in the catalogue".to_owned() })?;
    let parts: Vec<i64> = sqlx::query_scalar(include_str!("../../sql/catalogue/parts.sql"))
        .bind(i64::try_from(scale.parts).unwrap_or(i64::MAX))
        .fetch_all(&mut *transaction)
        .await
        .during("loading parts")?;

    let mut loader = Loader { connection: &mut transaction, subcategory, parts };
    for number in 1..=scale.others {
        loader.store(scale.other_product(number)).await?;
    }
    let large = Product::layered("LARGE", &scale.large_layers, scale.large_lines, scale.parts);
    let middle = Product::layered("MIDDLE", &scale.middle_layers, scale.middle_lines, scale.parts);
    let large = loader.store(large).await?;
    let middle = loader.store(middle).await?;
    let shared = loader.store(Product::shared("SHARED")).await?;
    let ladder_25 = loader.store(Product::ladder("LADDER-25", 26)).await?;
    let ladder_40 = loader.store(Product::ladder("LADDER-40", 41)).await?;
    transaction.commit().await.during("loading the catalogue")?;

    let counts = sqlx::query_as(include_str!("../../sql/catalogue/counts.sql"))
        .fetch_one(connection)
        .await
        .during("counting the catalogue")?;
    Ok(Catalogue { large, middle, shared, ladder_25, ladder_40, counts })
}

struct Loader<'c> {
    connection: &'c mut PgConnection,
    subcategory: i64,
    parts: Vec<i64>,
}

impl Loader<'_> {
    async fn store(&mut self, product: Product) -> Result<Stored, BenchError> {
        let assemblies: Vec<i64> = sqlx::query_scalar(include_str!("../../sql/catalogue/assemblies.sql"))
            .bind(&product.name)
            .bind(i64::try_from(product.assemblies).unwrap_or(i64::MAX))
            .bind(self.subcategory)
            .fetch_all(&mut *self.connection)
            .await
            .during("loading assemblies")?;
        let revisions: Vec<i64> = sqlx::query_scalar(include_str!("../../sql/catalogue/revisions.sql"))
            .bind(&assemblies)
            .fetch_all(&mut *self.connection)
            .await
            .during("loading revisions")?;
        self.components(&product, &assemblies, &revisions).await?;
        sqlx::query(include_str!("../../sql/catalogue/release.sql"))
            .bind(&revisions)
            .execute(&mut *self.connection)
            .await
            .during("releasing revisions")?;
        let code = format!("BENCH-{}-00000", product.name);
        Ok(Stored { product, assembly_id: assemblies[0], code })
    }

    async fn components(
        &mut self,
        product: &Product,
        assemblies: &[i64],
        revisions: &[i64],
    ) -> Result<(), BenchError> {
        let parents: Vec<i64> = product.edges.iter().map(|edge| revisions[edge.parent]).collect();
        let quantities: Vec<i64> = product.edges.iter().map(|edge| i64::from(edge.quantity)).collect();
        let (children, parts): (Vec<Option<i64>>, Vec<Option<i64>>) = product
            .edges
            .iter()
            .map(|edge| match edge.child {
                Child::Assembly(place) => (Some(assemblies[place]), None),
                Child::Part(place) => (None, Some(self.parts[place])),
            })
            .unzip();
        sqlx::query(include_str!("../../sql/catalogue/components.sql"))
            .bind(parents)
            .bind(children)
            .bind(parts)
            .bind(quantities)
            .execute(&mut *self.connection)
            .await
            .during("loading components")?;
        Ok(())
    }
}
