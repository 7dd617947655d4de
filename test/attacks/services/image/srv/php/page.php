<?php echo 'Tea since ', date('Y');
