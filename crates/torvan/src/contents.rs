//! Where contents of files lie, as every command is told that has to do with them.

use std::path::PathBuf;

use anyhow::Context as _;
use torvan_server::contents::{BucketAccess, Contents, Location};

/// Places of contents, and the way to a bucket.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Contents of files")]
pub(crate) struct Places {
    /// Where contents of files lie: in-database, `file:///FOLDER` or `s3://BUCKET/PREFIX`. New ones go into the first; others, behind commas, are read as well while contents are moved [default: in-database]
    #[arg(long, env = "TORVAN_CONTENTS", hide_env_values = true, value_delimiter = ',', value_name = "URL")]
    contents: Vec<String>,
    /// URL of the S3 server [default: Amazon's]
    #[arg(long, env = "TORVAN_CONTENTS_ENDPOINT", hide_env_values = true, value_name = "URL")]
    contents_endpoint: Option<String>,
    /// Region of the bucket [default: us-east-1]
    #[arg(long, env = "TORVAN_CONTENTS_REGION", value_name = "REGION")]
    contents_region: Option<String>,
    /// File with the lines `AWS_ACCESS_KEY_ID=…` and `AWS_SECRET_ACCESS_KEY=…`; nobody but its owner may read it [default: these two of the environment]
    #[arg(long, env = "TORVAN_CONTENTS_CREDENTIALS", value_name = "FILE")]
    contents_credentials: Option<PathBuf>,
}

impl Places {
    /// Opens the places.
    pub(crate) fn open(&self) -> anyhow::Result<Contents> {
        Ok(Contents::open(&self.locations()?, &self.access())?)
    }

    /// Opens another place for new contents, with these behind it.
    pub(crate) fn open_behind(&self, first: &str) -> anyhow::Result<Contents> {
        let first = location(first).context("--to")?;
        let others = self.locations()?.into_iter().filter(|other| *other != first);
        let locations: Vec<Location> = std::iter::once(first.clone()).chain(others).collect();
        Ok(Contents::open(&locations, &self.access())?)
    }

    fn locations(&self) -> anyhow::Result<Vec<Location>> {
        let named = self.contents.iter().map(|text| location(text.trim()));
        named.collect::<anyhow::Result<_>>().context("--contents (or TORVAN_CONTENTS)")
    }

    fn access(&self) -> BucketAccess {
        BucketAccess {
            endpoint: self.contents_endpoint.clone(),
            region: self.contents_region.clone(),
            credentials: self.contents_credentials.clone(),
        }
    }
}

fn location(text: &str) -> anyhow::Result<Location> {
    Ok(text.parse()?)
}
