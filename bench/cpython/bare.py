# What an empty program costs, which import.py is compared with.
