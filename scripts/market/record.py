"""Records what other programs make of made-up prices, for the tests of crates/envs: indicators by stockstats, turbulence by numpy.

    python3 -m venv <venv> && <venv>/bin/pip install -r scripts/market/requirements.txt
    <venv>/bin/python scripts/market/record.py crates/envs/tests/recorded/market

Writes prices.csv (day, name, close, high, low), indicators.csv (of every tenth day from 253, with the highs and lows and from the
closes alone) and turbulence.csv (of every day from 253). Numbers are written with all their digits.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from stockstats import StockDataFrame

NAMES, DAYS, FIRST, WINDOW = 4, 330, 253, 252
COLUMNS = ["macd", "boll_ub", "boll_lb", "rsi_30", "cci_30", "dx_30", "close_30_sma", "close_60_sma"]


def prices():
    """Closes, highs and lows [T, n], in cents; some days without any change."""
    random = np.random.default_rng(20221228)
    loadings = np.array([0.6, 0.9, 1.1, 1.4])
    factor = random.normal(0.0004, 0.011, (DAYS, 1))
    returns = loadings * factor + random.normal(0, 0.012, (DAYS, NAMES))
    returns[random.random((DAYS, NAMES)) < 0.03] = 0
    close = np.round(np.array([18.0, 44.0, 73.0, 120.0]) * np.exp(np.cumsum(returns, axis=0)), 2)
    high = np.round(close * np.exp(np.abs(random.normal(0, 0.006, close.shape))), 2)
    low = np.round(close * np.exp(-np.abs(random.normal(0, 0.006, close.shape))), 2)
    return close, high, low


def indicators(close, high, low):
    frame = pd.DataFrame({"open": close, "close": close, "high": high, "low": low, "volume": 1.0})
    stock = StockDataFrame.retype(frame)
    return np.column_stack([stock[column].to_numpy(dtype=float) for column in COLUMNS])


def shrunk(past):
    """Correlations shrunk to their mean: Ledoit and Wolf, "Honey, I shrunk the sample covariance matrix", appendix B, pair by pair."""
    days, names = past.shape
    z = (past - past.mean(axis=0)) / past.std(axis=0)
    sample = z.T @ z / days
    off = ~np.eye(names, dtype=bool)
    mean = sample[off].mean()
    target = np.where(off, mean, 1.0)
    products = z[:, :, None] * z[:, None, :]
    pi = ((products - sample) ** 2).mean(axis=0)
    own = ((z**2 - 1)[:, :, None] * (products - sample)).mean(axis=0)
    rho = np.trace(pi) + mean / 2 * (own + own.T)[off].sum()
    gamma = ((target - sample) ** 2).sum()
    intensity = np.clip((pi.sum() - rho) / gamma / days, 0, 1)
    return intensity * target + (1 - intensity) * sample


def turbulence(close):
    returns = close[1:] / close[:-1] - 1
    for day in range(FIRST, DAYS):
        past, today = returns[day - 1 - WINDOW : day - 1], returns[day - 1]
        unit = (today - past.mean(axis=0)) / past.std(axis=0, ddof=1)
        yield day, unit @ np.linalg.solve(shrunk(past), unit)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    close, high, low = prices()
    with open(folder / "prices.csv", "w") as out:
        out.write("day,name,close,high,low\n")
        for day in range(DAYS):
            for name in range(NAMES):
                out.write(f"{day},{name},{close[day, name]},{high[day, name]},{low[day, name]}\n")
    with open(folder / "indicators.csv", "w") as out:
        out.write("from,day,name," + ",".join(COLUMNS) + "\n")
        for kind in ["ranges", "closes"]:
            for name in range(NAMES):
                c = close[:, name]
                table = indicators(c, *((high[:, name], low[:, name]) if kind == "ranges" else (c, c)))
                for day in range(FIRST, DAYS, 10):
                    out.write(f"{kind},{day},{name}," + ",".join(repr(float(x)) for x in table[day]) + "\n")
    with open(folder / "turbulence.csv", "w") as out:
        out.write("day,turbulence\n")
        for day, value in turbulence(close):
            out.write(f"{day},{float(value)!r}\n")


main(Path(sys.argv[1]))
