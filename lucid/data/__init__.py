"""Data: sets of arrays, batches, splits, tables from files, and a set to try things on."""

from lucid.data.dataset import ArrayDataset, Dataset, Subset, TensorDataset
from lucid.data.digits import load_digits
from lucid.data.features import FeatureEncoder
from lucid.data.loader import DataLoader, default_collate
from lucid.data.reader import read_table
from lucid.data.split import random_split, train_test_split
from lucid.data.table import Column, Table
from lucid.data.target import TargetEncoder

__all__ = [
    "ArrayDataset",
    "Column",
    "DataLoader",
    "Dataset",
    "FeatureEncoder",
    "Subset",
    "Table",
    "TargetEncoder",
    "TensorDataset",
    "default_collate",
    "load_digits",
    "random_split",
    "read_table",
    "train_test_split",
]
