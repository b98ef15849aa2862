from pathlib import Path

import pandas as pd

EVENTS = ["Rain", "Storm", "Snow"]


class FeatureExtractor:
    def fit(self, X, y):
        self.airports = sorted(set(X["Departure"]) | set(X["Arrival"]))
        self.routes = sorted(set(X["Departure"] + X["Arrival"]))
        self.weather = pd.read_csv(Path(__file__).parent / "external_data.csv")

    def transform(self, X):
        date = pd.to_datetime(X["DateOfDeparture"])
        features = {"weeks_to_departure": X["WeeksToDeparture"], "is_holiday": self._is_near_a_holiday(date)}
        features |= {f"weekday_{day}": date.dt.day_of_week == day for day in range(7)}
        features |= {f"month_{month}": date.dt.month == month for month in range(1, 13)}
        for end in ("Departure", "Arrival"):
            features |= {f"{end}_{airport}": X[end] == airport for airport in self.airports}
            features |= self._weather(X, end)
        route = X["Departure"] + X["Arrival"]
        features |= {f"route_{name}": route == name for name in self.routes}
        return pd.DataFrame({name: values.to_numpy(dtype=float) for name, values in features.items()})

    def _weather(self, X, end):
        merged = X[["DateOfDeparture", end]].merge(
            self.weather, how="left", left_on=["DateOfDeparture", end], right_on=["Date", "AirPort"]
        )
        features = {f"{end}_{event}": merged["Events"] == event for event in EVENTS}
        return features | {f"{end}_temperature": merged["Max TemperatureC"].fillna(20.0)}

    @staticmethod
    def _is_near_a_holiday(date):
        day = date.dt.strftime("%m%d")
        return day.between("1122", "1126") | day.between("1220", "1223") | day.isin(["0102", "0703", "0705"])
