"""The bench of faults: true texts of pages are harmed in known ways, and it is counted how often that is found out.

python -m fault_bench make FOLDER    draw pages, read them by all witnesses, keep the texts (seconds a page)
python -m fault_bench run FOLDER...  harm the true texts and print the table of detection and false alarms
python -m fault_bench layers FOLDER...  let the text layers of PDFs lie and print how many are refused (seconds a page)
"""
