"""Alerts and their life, the rules' settings, what clients trade, and what they are expected to."""

from retention.models.alerts import Alert, AlertEvent, AlertStep, Batch, Escalation
from retention.models.settings import RuleSetting
from retention.models.trade import Forecast, ForecastFit, Trade, TradeMonth

__all__ = [
    "Alert",
    "AlertEvent",
    "AlertStep",
    "Batch",
    "Escalation",
    "Forecast",
    "ForecastFit",
    "RuleSetting",
    "Trade",
    "TradeMonth",
]
