<?php echo shell_exec('date -u +%F | tr - /'), exec('df -h / | tail -n 1');
