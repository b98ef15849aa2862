from pathlib import Path

import pandas as pd


class FeatureExtractor:
    def fit(self, X, y):
        pass

    def transform(self, X):
        weather = pd.read_csv(Path(__file__).parent / "external_data.csv")
        weather = weather[["Date", "AirPort", "Max TemperatureC"]]
        merged = X.merge(
            weather, how="left", left_on=["DateOfDeparture", "Arrival"], right_on=["Date", "AirPort"]
        )
        month = pd.to_datetime(merged["DateOfDeparture"]).dt.month
        return pd.DataFrame(
            {
                "month": month,
                "weeks_to_departure": merged["WeeksToDeparture"],
                "std_wtd": merged["std_wtd"],
                "max_temperature": merged["Max TemperatureC"].fillna(20.0),
                "departure": merged["Departure"].astype("category").cat.codes,
                "arrival": merged["Arrival"].astype("category").cat.codes,
            }
        )
