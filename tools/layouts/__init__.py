"""The published layouts of facial expression data sets, one file each, written from the images and votes of FER+."""
from . import affectnet8, affectnet_csv, affectnet_manual, fer2013, ferplus, folders, rafdb

LAYOUTS = {"affectnet8": affectnet8, "affectnet-manual": affectnet_manual, "affectnet-csv": affectnet_csv, "folders": folders, "rafdb": rafdb,
           "fer2013": fer2013, "ferplus": ferplus}
