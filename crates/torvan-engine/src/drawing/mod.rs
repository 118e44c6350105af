//! A sink as a drawing: plan, front and right side on one scale, as SVG.
//!
//! [`draw`] is a pure function of the parameters that the bill of materials is made of, of the few [`Facts`] that the rules
//! derived from them, and of the reader's words. Geometry is written in inches inside groups which are scaled once; front and
//! side are flipped, so that y is the height above the floor. Colours come from classes: the page's style sheet fills them,
//! [`Look::Standalone`] brings its own. A sink that is half configured is drawn as far as it is known.

mod caption;
mod dimension;
mod fittings;
mod front;
mod key;
mod layout;
mod pen;
mod plan;
mod side;
mod sink;

pub use caption::{Caption, Captions, Step};
pub use sink::{
    Basin, BasinType, BoardColor, BoardSize, BoardType, Direction, Faucet, FaucetType, Feet, LegAdjustment,
    LegModel, Model, Placement, Side, Sink, Sprayer, SprayerType,
};

use layout::{Layout, VIEW};
use pen::{Pen, escaped};

/// Style of a drawing outside of a page.
const STANDALONE: &str = include_str!("standalone.css");

/// What the rules made of the parameters and the drawing cannot know.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// Name of the control box, once there is one.
    pub control_box: Option<String>,
    /// Goosenecks that DI basins add to those that were chosen.
    pub added_goosenecks: usize,
    /// Length and height of the stock panel in inches.
    pub panel: Option<(f64, f64)>,
}

/// Where the colours come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// From the style sheet of the page that it stands in.
    Page,
    /// From the file itself.
    Standalone,
}

/// What of it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// Plan, front and side with the key.
    #[default]
    All,
    /// From above.
    Plan,
    /// From the front.
    Front,
}

/// A finished drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawing {
    /// SVG text.
    pub svg: String,
    /// One inch on paper is so many of the sink.
    pub denominator: u32,
}

/// What the views are drawn from.
struct Scene<'a> {
    sink: &'a Sink,
    facts: &'a Facts,
    captions: &'a dyn Captions,
    layout: Layout,
    numbers: key::Numbers,
}

impl Scene<'_> {
    fn say(&self, caption: &Caption) -> String {
        self.captions.say(caption)
    }
}

/// Draws a sink.
#[must_use]
pub fn draw(sink: &Sink, facts: &Facts, captions: &dyn Captions, look: Look) -> Drawing {
    draw_view(sink, facts, captions, look, View::All)
}

/// Draws one of the views of a sink, or all of them.
#[must_use]
pub fn draw_view(sink: &Sink, facts: &Facts, captions: &dyn Captions, look: Look, view: View) -> Drawing {
    let layout = Layout::new(sink, facts);
    let numbers = key::Numbers::new(sink, facts, &layout);
    let denominator = layout.denominator;
    let scene = Scene { sink, facts, captions, layout, numbers };
    let mut pen = Pen::default();
    open(&mut pen, &scene, look, view);
    if view != View::Front {
        plan::draw(&mut pen, &scene);
    }
    if view != View::Plan {
        front::draw(&mut pen, &scene);
    }
    if view == View::All {
        side::draw(&mut pen, &scene);
        key::draw(&mut pen, &scene);
    }
    pen.raw("</svg>\n");
    Drawing { svg: pen.finish(), denominator }
}

/// Left, top, width and height of what a view takes of the whole, in pixels.
fn frame(layout: &Layout, view: View) -> [f64; 4] {
    let (width, height) = VIEW;
    let beside = (layout.right + 40.0).min(width);
    match view {
        View::All => [0.0, 0.0, width, height],
        View::Plan => [0.0, 0.0, beside, (layout.front_top - 26.0).max(0.0)],
        View::Front => {
            let top = (layout.front_top - 26.0).max(0.0);
            [0.0, top, beside, height - top]
        }
    }
}

fn open(pen: &mut Pen, scene: &Scene<'_>, look: Look, view: View) {
    let title = scene.say(&Caption::Sink {
        model: scene.sink.model,
        length: scene.sink.length(),
        width: scene.sink.width(),
    });
    let [left, top, width, height] = frame(&scene.layout, view).map(pen::number);
    let is_linked = scene.captions.link(Step::Model).is_some();
    // Readers do not look for links inside an image.
    let role = if is_linked { "group" } else { "img" };
    pen.raw(&format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"drawing\" viewBox=\"{left} {top} {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"{role}\" aria-labelledby=\"sink-title\" aria-describedby=\"sink-about\">\n"
    ));
    pen.raw(&format!("<title id=\"sink-title\">{}</title>\n", escaped(&title)));
    pen.raw(&format!("<desc id=\"sink-about\">{}</desc>\n", escaped(&key::description(scene))));
    if look == Look::Standalone {
        pen.raw(&format!(
            "<style>{STANDALONE}</style>\n<rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\n"
        ));
    }
    let hole = if scene.sink.pegboard_color == Some(BoardColor::Black) { "hole on-black" } else { "hole" };
    pen.raw(&format!(
        "<defs>\
<pattern id=\"sink-holes\" width=\"1.5\" height=\"1.5\" patternUnits=\"userSpaceOnUse\"><circle class=\"{hole}\" cx=\".75\" cy=\".75\" r=\".3\"/></pattern>\
<pattern id=\"sink-ground\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\"><path class=\"ground\" d=\"M0 6L6 0\"/></pattern>\
<pattern id=\"sink-clash\" width=\".9\" height=\".9\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><path class=\"clash-line\" d=\"M0 0V.9\"/></pattern>\
<marker id=\"sink-arrow\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto-start-reverse\"><path class=\"arrow\" d=\"M0 .8L7.5 4L0 7.2z\"/></marker>\
</defs>\n"
    ));
}

#[cfg(test)]
mod tests;
