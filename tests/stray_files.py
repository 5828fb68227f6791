"""Names that editors, operating systems and Python give to files in folders that are not theirs."""

STRAY_FILES = (
    ".loop.py.swp",  # vim
    ".loop.py.swo",
    "loop.py~",
    "loop.py.orig",  # git, patch
    "loop.py.rej",
    "loop.py.bak",
    "#loop.py#",  # emacs
    ".#loop.py",
    ".DS_Store",  # macOS
    "._posts.csv",
    "Thumbs.db",  # Windows
    "desktop.ini",
    "Desktop.ini",
    ".nfs000000000000000100000001",  # NFS
    ".fuse_hidden0000000100000001",
    ".~lock.posts.csv#",  # LibreOffice
    "~$posts.csv",  # Excel
    ".goutputstream-ABCDEF",
    ".ipynb_checkpoints/posts-checkpoint.csv",  # Jupyter
    ".idea/workspace.xml",
    "__pycache__/loop.cpython-311.pyc",
    "loop.pyc",
    "redsm5_hpo.egg-info/PKG-INFO",
)
