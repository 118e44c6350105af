//! Configuration and bill of materials, tried against the deployed database: every rule of product.md by its code, every
//! check, the explosion, the register of custom parts, the versions of rule sets.

mod accessories;
mod approval;
mod custom_parts;
mod faucets;
mod generation;
mod hostile;
mod messages;
mod parameters;
mod pegboard;
mod plans;
mod properties;
mod rule_sets;
mod rules;
mod structure;
mod support;
mod validation;
