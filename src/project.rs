//! Project.
/// Project.
pub struct Project<'a>(std::marker::PhantomData<&'a ()>);
