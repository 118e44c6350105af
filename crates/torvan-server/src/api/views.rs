//! Saved views of lists, which belong to the domain identity: each is somebody's.

use super::endpoint::Access::Permission;
use super::endpoint::Method::{Delete, Patch, Post};
use super::endpoint::{Access, Endpoint, call, create, list, read};

const OWN: Access = Permission("saved_view:create");

pub(super) const ENDPOINTS: &[Endpoint] = &[
    list("/saved-views", "saved_views", OWN, &["list_path", "owner_id", "name"], &["name", "updated_at"]),
    create("/saved-views", "save_view", OWN, "saved_view_id", "/saved-views/{saved_view_id}"),
    read("/saved-views/{saved_view_id}", "saved_views", OWN),
    call(Patch, "/saved-views/{saved_view_id}", "update_view", OWN),
    call(Delete, "/saved-views/{saved_view_id}", "remove_view", OWN),
    call(Post, "/saved-views/{saved_view_id}/restore", "restore_view", OWN),
];
