//! Every figure of the market, with its unit and what raising it does.

/// Wealth at the start of every episode, $.
pub const START_WEALTH: f64 = 1000.0;
/// Most that is bought or sold of one name in a day, $: what an action of ±1 orders. Higher: the money is placed in
/// fewer days, and noise in the actions costs more.
pub const MOST_TRADED: f64 = 20.0;
/// Cost of a trade as a share of its value, buying and selling alike.
pub const COST: f64 = 0.001;
/// Fine for buying on a turbulent day as a share of what is bought. Higher: the threshold matters more beside the
/// prices.
pub const FINE: f64 = 0.05;

/// Env steps of a query episode: the trading days of a year.
pub const HORIZON: usize = 252;
/// Env steps of a support episode: about a month.
pub const SUPPORT_HORIZON: usize = 20;
/// Days on which a query episode may begin, counted from the first of its period: a month.
pub const FIRST_DAYS: usize = 21;
/// Days of a period: a query episode that begins on the last of [`FIRST_DAYS`] ends a day before it does.
pub const PERIOD: usize = HORIZON + FIRST_DAYS + 1;
/// Fewest periods: two for each of the three pools.
pub const FEWEST_PERIODS: usize = 6;
/// A pool other than the training pool has one period in this many.
pub const POOL_SHARE: usize = 4;

/// Days whose returns the turbulence of the next is held against.
pub const TURBULENCE_WINDOW: usize = 252;
/// First day that can be traded: the first with [`TURBULENCE_WINDOW`] returns before its own.
pub const FIRST_DAY: usize = TURBULENCE_WINDOW + 1;
/// Days after which the sums that move along with the window are taken anew.
pub const TURBULENCE_BLOCK: usize = 64;
/// A name whose variance, given the names before it, is at most this share of its own says nothing new and is left out.
pub const SINGULAR: f64 = 1e-12;
/// Turbulence is shown divided by this times n: its mean lies between n and 1.6 n up to 300 names.
pub const TURBULENCE_SCALE: f64 = 2.0;
/// Thresholds lie between these quantiles of the turbulence of the training pool's days: an investor is fined for buying
/// on at most 90 % of them and at least 10 %, whatever the prices and however many names.
pub const THRESHOLD_LOW: f64 = 0.1;
/// See [`THRESHOLD_LOW`].
pub const THRESHOLD_HIGH: f64 = 0.9;
/// Most names of a table: the turbulence of a day costs n³ / 6 operations, and a policy sees 10 n numbers.
pub const MOST_NAMES: usize = 512;
/// Cells of the thresholds' range for each pool; the pools take turns, so that none shares a threshold with another.
pub const CELLS: usize = 32;

/// Days of the moving average that prices are shown against: a year.
pub const PRICE_MEAN: usize = 252;
/// Largest magnitude of an observed indicator. Lower: less is seen of extreme days, and they disturb a policy less.
pub const CLIP: f64 = 5.0;
/// Largest amount in a state, $ or shares.
pub const LARGEST: f64 = 1e10;
